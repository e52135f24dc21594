"""Labels on goods and places. Knows millimetres and printers, not the warehouse, and imports nothing of ours.

`content` (data, samples, label numbers) -> `layout` (a template of `templates/` and the data become one drawing list
in printer dots) -> `pdf`, `png`, `svg`, `zpl` (that one list in four forms). `rendering.render` does all of it.
`symbols` makes the codes and reads each back before it is drawn; `refused` says why a label cannot be drawn.

Source: 4.5.5, 4.7.5 b; R-Q13.
"""
