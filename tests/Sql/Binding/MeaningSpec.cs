using ActorStreams.Sql.Binding.Catalogues;
using ActorStreams.Sql.Binding.Statements;
using ActorStreams.Sql.Values;
using ActorStreams.Tests;
using Npgsql;

namespace ActorStreams.Sql.Tests.Binding;

/// <summary>What the binder makes of a query gives the rows that PostgreSQL gives: over random small tables with NULLs and duplicates, an
/// empty one among them. The relations are computed by a plain model.</summary>
public sealed class MeaningSpec : IClassFixture<MeaningSpec.Database>
{
    private static readonly string[] s_tables = ["t", "u", "w"];

    private readonly Database _database;

    public MeaningSpec(Database database) => _database = database;

    public static TheoryData<string> Queries => new()
    {
        "SELECT id FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.a = t.a)",
        "SELECT id FROM t WHERE NOT EXISTS (SELECT 1 FROM u WHERE u.a = t.a AND u.b > t.b)",
        "SELECT id FROM t WHERE NOT EXISTS (SELECT 1 FROM u WHERE u.a IS NOT DISTINCT FROM t.a)",
        "SELECT id FROM t WHERE a IN (SELECT a FROM u)",
        "SELECT id FROM t WHERE a NOT IN (SELECT a FROM u)",
        "SELECT id FROM t WHERE a NOT IN (SELECT a FROM u WHERE a IS NOT NULL)",
        "SELECT id FROM t WHERE a NOT IN (SELECT a FROM u WHERE u.b = t.b)",
        "SELECT id FROM t WHERE a > ALL (SELECT a FROM u)",
        "SELECT id FROM t WHERE a >= ALL (SELECT a FROM u WHERE u.b = t.b)",
        "SELECT id FROM t WHERE NOT (a > ALL (SELECT a FROM u))",
        "SELECT id FROM t WHERE a < ANY (SELECT a FROM u WHERE u.b <> t.b)",
        "SELECT id FROM t WHERE NOT (a < ANY (SELECT a FROM u WHERE u.b <> t.b))",
        "SELECT id, a IN (SELECT a FROM u), a NOT IN (SELECT a FROM u WHERE u.b = t.b), a > ALL (SELECT a FROM w WHERE w.b = t.b) FROM t",
        "SELECT id, EXISTS (SELECT 1 FROM u WHERE u.a = t.a) OR b = 1 FROM t",
        "SELECT id FROM t WHERE a = 1 OR EXISTS (SELECT 1 FROM u WHERE u.a = t.a AND u.id <> t.id)",
        "SELECT id, (SELECT count(*) FROM u WHERE u.a = t.a) FROM t",
        "SELECT id, (SELECT count(*) + 1 FROM u WHERE u.a = t.a) FROM t",
        "SELECT id, (SELECT count(*) + t.b FROM u WHERE u.a < t.a) FROM t",
        "SELECT id, (SELECT count(u.b) FROM u WHERE u.a = t.a HAVING count(*) > 1) FROM t",
        "SELECT id, (SELECT coalesce(max(u.b), -1) FROM u WHERE u.a = t.a) FROM t",
        "SELECT id, (SELECT sum(u.a + t.a) FROM u) FROM t",
        "SELECT id, (SELECT max(u.b) FROM u WHERE u.a = t.a GROUP BY u.a) FROM t",
        "SELECT id, (SELECT u.b FROM u WHERE u.a = t.a ORDER BY u.b, u.id LIMIT 1) FROM t",
        "SELECT id, (SELECT u.id FROM u WHERE u.a >= t.a ORDER BY u.id OFFSET 1 LIMIT 1) FROM t",
        "SELECT id, (SELECT max(a) FROM u) FROM t",
        "SELECT id FROM t WHERE a = (SELECT max(a) FROM u WHERE u.id > t.id) AND EXISTS (SELECT 1 FROM w WHERE w.a = t.a)",
        "SELECT id FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.a = t.a AND EXISTS (SELECT 1 FROM w WHERE w.a = u.a AND w.b = t.b))",
        "SELECT id FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.a = t.a AND NOT EXISTS (SELECT 1 FROM w WHERE w.a = u.b OR w.b = t.b))",
        "SELECT id FROM t WHERE EXISTS (SELECT a FROM u WHERE u.a = t.a UNION ALL SELECT a FROM w WHERE w.a < t.a)",
        "SELECT id FROM t WHERE a IN (SELECT a FROM u WHERE u.b = t.b INTERSECT SELECT a FROM w WHERE w.id > t.id)",
        "SELECT id FROM t WHERE a IN (SELECT a FROM u WHERE u.b = t.b EXCEPT SELECT a FROM w)",
        "SELECT id FROM t WHERE a IN (SELECT a FROM u WHERE u.b >= t.b GROUP BY a HAVING count(*) > t.a)",
        "SELECT id FROM t WHERE a IN (SELECT DISTINCT u.a FROM u LEFT JOIN w ON w.b = t.b AND w.a = u.a WHERE w.id IS NULL)",
        "SELECT id FROM t WHERE a IN (SELECT w.a FROM u RIGHT JOIN w ON u.b = t.b AND w.a = u.a)",
        "SELECT id FROM t WHERE EXISTS (SELECT 1 FROM u FULL JOIN w ON u.a = w.a AND u.b = t.b WHERE u.id IS NULL AND w.b = 1)",
        "SELECT id, (SELECT count(*) FROM (SELECT row_number() OVER (ORDER BY u.id) AS n, u.b FROM u WHERE u.a = t.a) AS x WHERE x.n <= x.b) FROM t",
        "SELECT id, (SELECT sum(r) FROM (SELECT rank() OVER (PARTITION BY u.b ORDER BY u.a) AS r FROM u WHERE u.id > t.a) AS x) FROM t",
        "SELECT t.id, x.n FROM t, LATERAL (SELECT t.a + 1) AS x (n)",
        "SELECT t.id, x.id FROM t, LATERAL (SELECT id FROM u WHERE u.a = t.a ORDER BY b DESC, id LIMIT 2) AS x",
        "SELECT t.id, x.id FROM t LEFT JOIN LATERAL (SELECT id FROM u WHERE u.a = t.a ORDER BY id LIMIT 1) AS x ON true",
        "SELECT t.id, x.n FROM t LEFT JOIN LATERAL (VALUES (t.a), (t.b)) AS x (n) ON x.n > 1",
        "SELECT t.id, x.c FROM t LEFT JOIN LATERAL (SELECT count(*) AS c FROM u WHERE u.a = t.a) AS x ON x.c > 1",
        "SELECT t.id, x.n FROM t, LATERAL (SELECT u.a + y.m AS n FROM u, LATERAL (SELECT u.id + t.id AS m) AS y WHERE u.id < t.id) AS x",
        "SELECT id, n FROM t CROSS JOIN LATERAL generate_series(1, a) AS n WHERE EXISTS (SELECT 1 FROM u WHERE u.a = n)",
        "SELECT id, (SELECT max(n) FROM generate_series(1, t.a) AS n) FROM t",
        "SELECT id, n FROM t LEFT JOIN LATERAL generate_series(1, a) AS n ON true",
        "SELECT id, 2 = ANY (SELECT n FROM generate_series(1, t.a) AS n) FROM t",
        "SELECT a, (SELECT count(*) FROM u WHERE u.a = t.a) FROM t GROUP BY a HAVING coalesce((SELECT max(u.id) FROM u WHERE u.a = t.a), 2) > 1",
        "SELECT a, sum((SELECT max(u.id) FROM u WHERE u.a = t.b)) FROM t GROUP BY a",
        "SELECT (SELECT max(u.id) FROM u WHERE u.a = t.a) AS m, count(*) FROM t GROUP BY m",
        "SELECT CASE WHEN EXISTS (SELECT 1 FROM u WHERE u.a = t.a) THEN a ELSE b END, count(*) FROM t GROUP BY 1",
        "WITH x AS (SELECT a, b FROM u) SELECT id FROM t WHERE a IN (SELECT a FROM x WHERE x.b > t.b) OR b IN (SELECT b FROM x)",
        "SELECT (SELECT n FROM (WITH x AS (SELECT t.a + 1 AS n) SELECT n FROM x) AS y) FROM t",
        "SELECT id FROM t WHERE (a, b) IN (SELECT a, b FROM u)",
        "SELECT id FROM t WHERE (a, b) NOT IN (SELECT a, b FROM u WHERE u.id <> t.id)",
        "SELECT t.id FROM t JOIN u ON t.a = u.a AND t.b IN (SELECT w.b FROM w WHERE w.id = u.id)",
        "SELECT id, a, b FROM t JOIN u USING (id, a, b)",
        "SELECT a, t.id, u.id FROM t FULL JOIN u USING (a)",
        "SELECT * FROM (t FULL JOIN u USING (a)) FULL JOIN w USING (a)",
        "SELECT * FROM t NATURAL LEFT JOIN u",
        "SELECT a, t.b FROM t RIGHT JOIN u USING (a)",
        "SELECT a, b, count(*), grouping(a, b), grouping(b) FROM t GROUP BY ROLLUP (a, b)",
        "SELECT a, b, sum(id), grouping(a) FROM t GROUP BY CUBE (a, b)",
        "SELECT a, b, count(*) FROM t GROUP BY GROUPING SETS ((a), (b), (), (a, b), (a))",
        "SELECT a, b, count(*) FROM t GROUP BY DISTINCT ROLLUP (a), ROLLUP (a, b)",
        "SELECT a, count(*) FILTER (WHERE b > 1), count(DISTINCT b), max(b) FROM t GROUP BY a HAVING count(*) > 1",
        "SELECT count(*), sum(a), min(b) FROM t WHERE a > 100",
        "SELECT a FROM t GROUP BY a, b HAVING a > b",
        "SELECT DISTINCT a, b FROM t",
        "SELECT DISTINCT ON (a) a, b, id FROM t ORDER BY a, b DESC, id",
        "SELECT a, id FROM t ORDER BY a DESC NULLS LAST, id LIMIT 3 OFFSET 1",
        "SELECT a FROM t ORDER BY a FETCH FIRST 2 ROWS WITH TIES",
        "SELECT a FROM t UNION SELECT a FROM u",
        "SELECT a FROM t UNION ALL SELECT a FROM u EXCEPT SELECT a FROM w",
        "SELECT a, b FROM t INTERSECT ALL SELECT a, b FROM u",
        "SELECT a, b FROM t EXCEPT ALL SELECT a, b FROM u",
        "SELECT 1 AS x, NULL AS y UNION SELECT a, b FROM t ORDER BY y, 1 LIMIT 4",
        "SELECT NULL AS y UNION ALL SELECT a FROM t WHERE a = 1 UNION ALL SELECT '2'",
        "SELECT id, row_number() OVER (PARTITION BY a ORDER BY b, id), count(*) OVER (ORDER BY a), sum(b) OVER (PARTITION BY a) FROM t",
        "SELECT a, rank() OVER (ORDER BY count(*) DESC) FROM t GROUP BY a",
        "SELECT id, a IS DISTINCT FROM b, a BETWEEN SYMMETRIC b AND 1, (a, b) < (1, 2), (a, b) IS NULL FROM t",
    };

    [Theory]
    [MemberData(nameof(Queries))]
    public void A_query_means_what_it_means_in_PostgreSQL(string query)
    {
        for (int seed = 0; seed < 8; seed++)
        {
            var random = new Random(seed);
            var tables = s_tables.ToDictionary(table => table, _ => RandomRows(random), StringComparer.Ordinal);
            string[] expected = _database.Rows(query, tables);
            var bound = (BoundQuery)CasesBindSpec.Run(query, _database.Catalog);
            string[] found = [.. new RelationModel(tables).Rows(bound.Relation).Select(Text).Order(StringComparer.Ordinal)];
            Assert.True(expected.SequenceEqual(found, StringComparer.Ordinal),
                $"seed {seed}\nexpected\n{string.Join('\n', expected)}\nfound\n{string.Join('\n', found)}\n{bound.Relation}");
        }
    }

    private static List<object?[]> RandomRows(Random random) =>
        [.. Enumerable.Range(1, random.Next(4) == 0 ? 0 : random.Next(1, 9)).Select(id => (object?[])[id, Small(random), Small(random)])];

    private static object? Small(Random random) => random.Next(5) is var value and < 4 ? value : null;

    private static string Text(object?[] row) => string.Join('\t', row.Select(value => value switch
    {
        null => "\\N",
        bool truth => truth ? "t" : "f",
        _ => ValueText.Of(value),
    }));

    /// <summary>The tables in a database of their own, and in a catalogue.</summary>
    public sealed class Database : IDisposable
    {
        private readonly NpgsqlConnection _connection;

        public Database()
        {
            _connection = new NpgsqlConnection(PostgreSqlServer.Shared.NewDatabase() + ";Pooling=false");
            _connection.Open();
            foreach (string table in s_tables)
            {
                string create = $"CREATE TABLE {table} (id int, a int, b int)";
                Execute(create);
                CasesBindSpec.Run(create, Catalog);
            }
        }

        internal SqlCatalog Catalog { get; } = new();

        public void Dispose() => _connection.Dispose();

        /// <summary>The rows of a query over these rows, in the format of COPY, in order.</summary>
        internal string[] Rows(string query, IReadOnlyDictionary<string, List<object?[]>> tables)
        {
            foreach ((string table, List<object?[]> rows) in tables)
            {
                Execute($"DELETE FROM {table}");
                if (rows.Count > 0)
                    Execute($"INSERT INTO {table} VALUES {string.Join(", ", rows.Select(row => $"({string.Join(", ", row.Select(value => value ?? "NULL"))})"))}");
            }

            using TextReader reader = _connection.BeginTextExport($"COPY ({query}) TO STDOUT");
            return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)];
        }

        private void Execute(string sql)
        {
            using var command = new NpgsqlCommand(sql, _connection);
            command.ExecuteNonQuery();
        }
    }
}
