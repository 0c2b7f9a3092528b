namespace ActorStreams.Sql.Tests.Queries;

/// <summary>Queries over one table whose rows come and go: functions over windows, first rows, sets, subqueries as values. What they give
/// is determined by the rows.</summary>
/// <remarks>Columns of the table: id (unique), g, x, d, s; all but id may be null.</remarks>
internal sealed class RandomQueries(Random random)
{
    public const string Table = "CREATE TABLE r (id int, g int, x int, d double precision, s varchar)";

    public string Next() => random.Next(11) switch
    {
        < 6 => Over(),
        6 => FirstByNumber(),
        7 => Limit(),
        8 => Set(),
        9 => Kept(),
        _ => Mark(),
    };

    private string Over()
    {
        string partition = random.Next(3) == 0 ? "" : "PARTITION BY g ";
        string functions = string.Join(", ", Enumerable.Range(0, 2).Select(at => $"{Function(partition)} AS f{at}"));
        return $"SELECT id, {functions} FROM r";
    }

    private string Function(string partition)
    {
        // What tells equal rows apart needs an order without equal rows.
        string total = $"{partition}ORDER BY {Key()}, id", any = $"{partition}ORDER BY {Key()}";
        return random.Next(11) switch
        {
            0 => $"row_number() OVER ({total})",
            1 => $"{Pick("rank", "dense_rank")}() OVER ({any})",
            2 => $"round(({Pick("percent_rank", "cume_dist")}() OVER ({any}))::numeric, 6)",
            3 => $"ntile({random.Next(1, 5)}) OVER ({total})",
            4 => $"{Pick("lag", "lead")}(x, {random.Next(-1, 4)}{Pick("", ", 77")}) OVER ({total})",
            5 => $"{Pick("first_value(x)", "last_value(s)", "nth_value(x, 2)")} OVER ({total} {Rows()})",
            6 => $"{Aggregate()} OVER ({total} {Rows()})",
            7 => $"{Aggregate()} OVER ({any} {Groups()})",
            8 => $"{Aggregate()} OVER ({partition}ORDER BY x {Pick("", "DESC")} RANGE BETWEEN {Bounds("2")}{Exclude()})",
            9 => $"{Aggregate()} OVER ({any})",
            _ => $"{Aggregate()} OVER ({partition})",
        };
    }

    private string Aggregate() => Pick(
        "sum(x)", "count(*)", "count(x)", "min(s)", "max(x)", "sum(d)", "bool_or(x > 0)", "count(*) FILTER (WHERE x > 0)");

    private string Key() => Pick("x", "x DESC", "x NULLS FIRST", "s, x", "d DESC NULLS LAST");

    private string Rows() => $"ROWS BETWEEN {Bounds("1")}{Exclude()}";

    private string Groups() => $"GROUPS BETWEEN {Bounds("1")}{Exclude()}";

    private string Bounds(string far) => Pick(
        $"UNBOUNDED PRECEDING AND {far} PRECEDING", $"{far} PRECEDING AND CURRENT ROW", $"{far} PRECEDING AND {far} FOLLOWING",
        $"CURRENT ROW AND UNBOUNDED FOLLOWING", $"{far} FOLLOWING AND 3 FOLLOWING", "UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING",
        $"3 PRECEDING AND {far} PRECEDING");

    private string Exclude() => Pick("", "", " EXCLUDE CURRENT ROW", " EXCLUDE GROUP", " EXCLUDE TIES");

    private string FirstByNumber()
    {
        (string function, string order) = random.Next(3) switch
        {
            0 => ("row_number", "x DESC NULLS LAST, id"),
            1 => ("rank", "x"),
            _ => ("dense_rank", "s DESC"),
        };
        string columns = Pick("id, g", "id, n");
        string filter = Pick("n <= 2", "n < 2", "n = 2", "n BETWEEN 2 AND 3", "n <= 2 AND x > 0");
        return $"SELECT {columns} FROM (SELECT *, {function}() OVER (PARTITION BY g ORDER BY {order}) AS n FROM r) AS z WHERE {filter}";
    }

    private string Limit() => Pick(
        "SELECT id FROM r ORDER BY x DESC, id LIMIT 3",
        "SELECT id, s FROM r ORDER BY s NULLS FIRST, id LIMIT 2 OFFSET 2",
        "SELECT id FROM r ORDER BY x FETCH FIRST 2 ROWS WITH TIES",
        "SELECT x FROM r ORDER BY x OFFSET 1 FETCH FIRST 2 ROWS WITH TIES",
        "SELECT DISTINCT ON (g) g, id FROM r ORDER BY g, x DESC, id");

    private string Set() =>
        $"SELECT {Pick("x", "g")} FROM r WHERE x > 0 {Pick("INTERSECT", "EXCEPT")} ALL " +
        $"SELECT {Pick("g", "x")} FROM r WHERE g > 1 OR x IS NULL";

    private string Mark() => Pick(
        "SELECT id, x IN (SELECT g FROM r WHERE s > 'b') AS m FROM r",
        "SELECT id, x NOT IN (SELECT g FROM r WHERE s > 'b' AND g IS NOT NULL) OR x > 3 AS m FROM r",
        "SELECT id, x > ALL (SELECT g FROM r) AS m FROM r",
        "SELECT id, x = ANY (SELECT g FROM r WHERE d > 1) AND s < 'c' AS m FROM r",
        "SELECT id, EXISTS (SELECT 1 FROM r AS i WHERE i.g = r.x) AS m FROM r");

    private string Kept() => "SELECT g, " + Pick(
        "string_agg(s, ',' ORDER BY x DESC, id)", "string_agg(DISTINCT s, '-')", "array_agg(x ORDER BY id)",
        "array_agg(DISTINCT x) FILTER (WHERE x > 0)", "json_agg(d ORDER BY id DESC)", "jsonb_agg(s ORDER BY id)",
        "round(corr(x, d)::numeric, 6) AS c, round(regr_slope(x, d)::numeric, 6) AS l, round(covar_samp(d, x)::numeric, 6)") +
        " AS f FROM r" + Pick("", " WHERE x < 4") + " GROUP BY g";

    private string Pick(params string[] some) => some[random.Next(some.Length)];
}
