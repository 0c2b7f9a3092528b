-- The tables and queries of Nexmark, as its specification has them; q0 to q22.

CREATE TABLE person (id bigint, name varchar, email varchar, card varchar, city varchar, state varchar, at timestamp, extra varchar, WATERMARK FOR at AS at - INTERVAL '4' SECOND) APPEND ONLY;
CREATE TABLE auction (id bigint, item varchar, description varchar, initial_bid bigint, reserve bigint, at timestamp, expires timestamp, seller bigint, category bigint, extra varchar, WATERMARK FOR at AS at - INTERVAL '4' SECOND) APPEND ONLY;
CREATE TABLE bid (auction bigint, bidder bigint, price bigint, channel varchar, url varchar, at timestamp, extra varchar, WATERMARK FOR at AS at - INTERVAL '4' SECOND) APPEND ONLY;
CREATE TABLE side_input (key bigint PRIMARY KEY, value varchar);

-- q0
SELECT auction, bidder, price, at, extra FROM bid;

-- q1
SELECT auction, bidder, 0.908 * price AS price, at, extra FROM bid;

-- q2
SELECT auction, price FROM bid WHERE auction % 123 = 0;

-- q3
SELECT p.name, p.city, p.state, a.id FROM auction AS a JOIN person AS p ON a.seller = p.id WHERE a.category = 10 AND p.state IN ('OR', 'ID', 'CA');

-- q4
SELECT category, avg(final) AS final FROM (SELECT max(b.price) AS final, a.category FROM auction AS a, bid AS b WHERE a.id = b.auction AND b.at BETWEEN a.at AND a.expires GROUP BY a.id, a.category) AS q GROUP BY category;

-- q5
WITH c AS (SELECT auction, window_start, window_end, count(*) AS num FROM TABLE(HOP(TABLE bid, DESCRIPTOR(at), INTERVAL '2' SECOND, INTERVAL '10' SECOND)) AS w GROUP BY auction, window_start, window_end)
SELECT c.auction, c.num, c.window_start FROM c JOIN (SELECT window_start, window_end, max(num) AS m FROM c GROUP BY window_start, window_end) AS x ON c.window_start = x.window_start AND c.window_end = x.window_end AND c.num >= x.m EMIT ON WINDOW CLOSE;

-- q6
SELECT seller, id, avg(price) OVER (PARTITION BY seller ORDER BY expires, id ROWS BETWEEN 9 PRECEDING AND CURRENT ROW) AS avg_price FROM (SELECT a.id, a.seller, a.expires, b.price, row_number() OVER (PARTITION BY a.id ORDER BY b.price DESC, b.at) AS rn FROM auction AS a, bid AS b WHERE a.id = b.auction AND b.at BETWEEN a.at AND a.expires) AS q WHERE rn = 1;

-- q7
SELECT b.auction, b.price, b.bidder, b.at, b.extra FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(at), INTERVAL '10' SECOND)) AS b JOIN (SELECT window_start, window_end, max(price) AS m FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(at), INTERVAL '10' SECOND)) AS w GROUP BY window_start, window_end) AS x ON b.window_start = x.window_start AND b.window_end = x.window_end AND b.price = x.m EMIT ON WINDOW CLOSE;

-- q8
SELECT p.id, p.name, p.window_start FROM (SELECT id, name, window_start, window_end FROM TABLE(TUMBLE(TABLE person, DESCRIPTOR(at), INTERVAL '10' SECOND)) AS w GROUP BY id, name, window_start, window_end) AS p JOIN (SELECT seller, window_start, window_end FROM TABLE(TUMBLE(TABLE auction, DESCRIPTOR(at), INTERVAL '10' SECOND)) AS w GROUP BY seller, window_start, window_end) AS a ON p.id = a.seller AND p.window_start = a.window_start AND p.window_end = a.window_end EMIT ON WINDOW CLOSE;

-- q9
SELECT * FROM (SELECT a.*, b.auction, b.bidder, b.price, b.at AS bid_at, b.extra AS bid_extra, row_number() OVER (PARTITION BY a.id ORDER BY b.price DESC, b.at, b.bidder) AS rn FROM auction AS a, bid AS b WHERE a.id = b.auction AND b.at BETWEEN a.at AND a.expires) AS q WHERE rn = 1;

-- q10
SELECT auction, bidder, price, at, extra, to_char(at, 'YYYY-MM-DD') AS dt, to_char(at, 'HH24:MI') AS hm FROM bid;

-- q11
SELECT bidder, count(*) AS bid_count, window_start, window_end FROM TABLE(SESSION(TABLE bid PARTITION BY bidder, DESCRIPTOR(at), INTERVAL '10' SECOND)) AS w GROUP BY bidder, window_start, window_end EMIT ON WINDOW CLOSE;

-- q12
SELECT bidder, count(*) AS bid_count, window_start, window_end FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(PROCTIME()), INTERVAL '10' SECOND)) AS w GROUP BY bidder, window_start, window_end;

-- q13
SELECT b.auction, b.bidder, b.price, b.at, s.value FROM bid AS b JOIN side_input FOR SYSTEM_TIME AS OF PROCTIME() AS s ON b.auction % 10000 = s.key;

-- q14
SELECT auction, bidder, 0.908 * price AS price, CASE WHEN extract(hour FROM at) BETWEEN 8 AND 18 THEN 'dayTime' WHEN extract(hour FROM at) <= 6 OR extract(hour FROM at) >= 20 THEN 'nightTime' ELSE 'otherTime' END AS bid_time_type, at, extra, length(extra) - length(replace(extra, 'c', '')) AS c_counts FROM bid WHERE 0.908 * price > 1000000 AND 0.908 * price < 50000000;

-- q15
SELECT to_char(at, 'YYYY-MM-DD') AS day, count(*) AS bids, count(*) FILTER (WHERE price < 10000) AS b1, count(*) FILTER (WHERE price >= 10000 AND price < 1000000) AS b2, count(*) FILTER (WHERE price >= 1000000) AS b3, count(DISTINCT bidder) AS p, count(DISTINCT bidder) FILTER (WHERE price < 10000) AS p1, count(DISTINCT bidder) FILTER (WHERE price >= 10000 AND price < 1000000) AS p2, count(DISTINCT bidder) FILTER (WHERE price >= 1000000) AS p3, count(DISTINCT auction) AS a, count(DISTINCT auction) FILTER (WHERE price < 10000) AS a1, count(DISTINCT auction) FILTER (WHERE price >= 10000 AND price < 1000000) AS a2, count(DISTINCT auction) FILTER (WHERE price >= 1000000) AS a3 FROM bid GROUP BY to_char(at, 'YYYY-MM-DD');

-- q16
SELECT channel, to_char(at, 'YYYY-MM-DD') AS day, max(to_char(at, 'HH24:MI')) AS minute, count(*) AS bids, count(*) FILTER (WHERE price < 10000) AS b1, count(*) FILTER (WHERE price >= 10000 AND price < 1000000) AS b2, count(*) FILTER (WHERE price >= 1000000) AS b3, count(DISTINCT bidder) AS p, count(DISTINCT bidder) FILTER (WHERE price < 10000) AS p1, count(DISTINCT bidder) FILTER (WHERE price >= 10000 AND price < 1000000) AS p2, count(DISTINCT bidder) FILTER (WHERE price >= 1000000) AS p3, count(DISTINCT auction) AS a, count(DISTINCT auction) FILTER (WHERE price < 10000) AS a1, count(DISTINCT auction) FILTER (WHERE price >= 10000 AND price < 1000000) AS a2, count(DISTINCT auction) FILTER (WHERE price >= 1000000) AS a3 FROM bid GROUP BY channel, to_char(at, 'YYYY-MM-DD');

-- q17
SELECT auction, to_char(at, 'YYYY-MM-DD') AS day, count(*) AS bids, count(*) FILTER (WHERE price < 10000) AS b1, count(*) FILTER (WHERE price >= 10000 AND price < 1000000) AS b2, count(*) FILTER (WHERE price >= 1000000) AS b3, min(price) AS lo, max(price) AS hi, avg(price) AS mean, sum(price) AS total FROM bid GROUP BY auction, to_char(at, 'YYYY-MM-DD');

-- q18
SELECT auction, bidder, price, channel, url, at, extra FROM (SELECT *, row_number() OVER (PARTITION BY bidder, auction ORDER BY at DESC, price DESC, extra) AS rn FROM bid) AS x WHERE rn = 1;

-- q19
SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY auction ORDER BY price DESC, at, extra) AS rn FROM bid) AS x WHERE rn <= 10;

-- q20
SELECT b.auction, b.bidder, b.price, b.channel, b.url, b.at AS bid_at, b.extra AS bid_extra, a.item, a.description, a.initial_bid, a.reserve, a.at AS auction_at, a.expires, a.seller, a.category, a.extra FROM bid AS b JOIN auction AS a ON b.auction = a.id WHERE a.category = 10;

-- q21
SELECT * FROM (SELECT auction, bidder, price, channel, CASE lower(channel) WHEN 'apple' THEN '0' WHEN 'google' THEN '1' WHEN 'facebook' THEN '2' WHEN 'baidu' THEN '3' ELSE (regexp_match(url, '(&|^)channel_id=([^&]*)'))[2] END AS channel_id FROM bid) AS x WHERE channel_id IS NOT NULL;

-- q22
SELECT auction, bidder, price, channel, split_part(url, '/', 4) AS d1, split_part(url, '/', 5) AS d2, split_part(url, '/', 6) AS d3 FROM bid;
