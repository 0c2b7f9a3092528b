using System.Text;
using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Tests.Expressions;

/// <summary>Expressions of any shape, with NULL anywhere, give what PostgreSQL gives, once they are compiled.</summary>
public sealed class ExpressionsSpec(PostgreSqlOracle oracle) : IClassFixture<PostgreSqlOracle>
{
    private const int Seed = 1789;

    /// <summary>How many, by <c>ACTORSTREAMS_SQL_EXPRESSIONS</c>.</summary>
    private static readonly int s_count =
        int.TryParse(Environment.GetEnvironmentVariable("ACTORSTREAMS_SQL_EXPRESSIONS"), System.Globalization.CultureInfo.InvariantCulture,
            out int count) ? count : 1_500;

    private static readonly string?[][] s_rows =
    [
        ["3", "true", "2.50", "abc", "2024-01-31 10:20:30"],
        ["-7", "false", "-0.125", "A_c", "1969-12-31 23:59:59.5"],
        ["0", null, "0", "", null],
        [null, "true", null, null, "2024-03-31 00:00:00"],
        ["2147483647", null, "12345678901234567890.12345", "x😀y", "2024-02-29 12:00:00"],
        [null, null, null, null, null],
    ];

    [Fact]
    public void Random_expressions_give_what_PostgreSQL_gives()
    {
        string table = string.Join(" UNION ALL ", s_rows.Select(static (row, at) => $"SELECT {at} AS id, {Columns(row)}"));
        oracle.Run($"CREATE TABLE r AS {table}");
        var random = new Random(Seed);
        var expressions = new RandomExpressions(random);
        var cases = Enumerable.Range(0, s_count).Select(_ => (expressions.Next(), Row: random.Next(s_rows.Length))).ToList();

        string[] expected = oracle.Evaluate([.. cases.Select(static one => $"SELECT {one.Item1.Sql} FROM r WHERE id = {one.Row}")]);

        var wrong = new StringBuilder();
        foreach ((((string sql, var make), int row), string value) in cases.Zip(expected))
        {
            string ours;
            try
            {
                ours = new CompiledExpression(RandomExpressions.Columns, make)
                    .Evaluate([.. s_rows[row].Select(static (one, at) =>
                        one is null ? null : ValueText.Parse(one, RandomExpressions.Columns[at]))]);
            }
            catch (SqlFault fault)
            {
                ours = $"error {fault.State}";
            }

            if (ours != value)
                wrong.AppendLine($"row {row}: {sql}: PostgreSQL gives {value}, we {ours}");
        }

        Assert.True(wrong.Length == 0, $"Seed {Seed}:\n{wrong}");
    }

    private static string Columns(string?[] row) => string.Join(
        ", ", row.Select(static (value, column) => $"{Literal(value)}::{RandomExpressions.Columns[column]} AS {"ibntd"[column]}"));

    private static string Literal(string? value) => value is null ? "NULL" : $"'{value}'";
}
