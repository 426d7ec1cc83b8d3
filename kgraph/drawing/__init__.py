"""Pictures of graphs: a ``Diagram`` of boxes and arrows becomes SVG or DOT.

    diagram.py      what is drawn: boxes, clusters of them, arrows
    levels.py       each cluster on its own; arrows between them go through ports
    ranks.py        the longest path gives each item of a cluster its row
    rows.py         arrows that pass rows bend in them; the order in rows has few crossings
    columns.py      where in its row each item stands
    layout.py       from the innermost cluster outwards: where everything lies
    svg.py, dot.py  the picture as text
    drawing.py      what users hold: it shows itself in notebooks, and saves itself

Source    Sugiyama, Tagawa, Toda: Methods for Visual Understanding of Hierarchical System
          Structures, IEEE Transactions on Systems, Man, and Cybernetics, 1981
"""
