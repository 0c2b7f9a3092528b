-- How many earthquakes each network saw in every six hours, and how strong the strongest was.
CREATE SOURCE quakes (
    id text, time timestamptz, net text, mag double precision, place text,
    WATERMARK FOR time AS time - INTERVAL '24' HOUR
) WITH (connector = 'file', path = 'earthquakes.csv');

CREATE MATERIALIZED VIEW strongest AS
    SELECT net, window_start, count(*) AS quakes, max(mag) AS strongest
    FROM TABLE(TUMBLE(TABLE quakes, DESCRIPTOR(time), INTERVAL '6' HOUR)) AS w
    GROUP BY net, window_start, window_end
    EMIT ON WINDOW CLOSE;

EXPLAIN SELECT net, max(strongest) FROM strongest GROUP BY net;

SELECT net, sum(quakes) AS quakes, max(strongest) AS strongest
FROM strongest GROUP BY net ORDER BY strongest DESC, net LIMIT 5;
