-- Answers of Nexmark queries in PostgreSQL over the same rows, where the text differs.

-- q5
SELECT auction, num, ws FROM (SELECT auction, ws, count(*) AS num, rank() OVER (PARTITION BY ws ORDER BY count(*) DESC) AS r FROM bid, LATERAL (SELECT date_bin('2 s', at, '1970-01-01') - k * interval '2 s' AS ws FROM generate_series(0, 4) AS k) AS h GROUP BY auction, ws) AS x WHERE r = 1;

-- q7
SELECT auction, price, bidder, at, extra FROM (SELECT *, rank() OVER (PARTITION BY date_bin('10 s', at, '1970-01-01') ORDER BY price DESC) AS r FROM bid) AS x WHERE r = 1;

-- q8
SELECT DISTINCT p.id, p.name, date_bin('10 s', p.at, '1970-01-01') FROM person AS p JOIN auction AS a ON p.id = a.seller AND date_bin('10 s', p.at, '1970-01-01') = date_bin('10 s', a.at, '1970-01-01');

-- q11
SELECT bidder, count(*), min(at), max(at) + interval '10 s' FROM (SELECT *, sum(o) OVER (PARTITION BY bidder ORDER BY at) AS g FROM (SELECT *, CASE WHEN at - lag(at) OVER (PARTITION BY bidder ORDER BY at) <= interval '10 s' THEN 0 ELSE 1 END AS o FROM bid) AS x) AS y GROUP BY bidder, g;

-- q12
SELECT bidder, count(*) FROM bid GROUP BY bidder;
