using System.Text;
using ActorStreams.Sql.Tests.Expressions;

namespace ActorStreams.Sql.Tests.Queries;

/// <summary>Random views over random changes: after every epoch each shows what PostgreSQL gives over the same rows.</summary>
public sealed class RandomQueriesSpec(PostgreSqlOracle oracle) : IClassFixture<PostgreSqlOracle>
{
    private const int Epochs = 4;
    private const int PerJob = 25;

    /// <summary>How many queries, by <c>ACTORSTREAMS_SQL_QUERIES</c>.</summary>
    private static readonly int s_count =
        int.TryParse(Environment.GetEnvironmentVariable("ACTORSTREAMS_SQL_QUERIES"), System.Globalization.CultureInfo.InvariantCulture,
            out int count) ? count : PerJob;

    [Fact]
    public async Task Random_queries_show_after_every_epoch_what_PostgreSQL_gives()
    {
        oracle.Run("DROP TABLE IF EXISTS r; " + RandomQueries.Table);
        var wrong = new StringBuilder();
        for (int seed = 1; seed <= Math.Max(1, s_count / PerJob); seed++)
            await RunAsync(seed, wrong);
        Assert.True(wrong.Length == 0, wrong.ToString());
    }

    private async Task RunAsync(int seed, StringBuilder wrong)
    {
        oracle.Run("TRUNCATE r");
        var random = new Random(seed);
        var queries = new RandomQueries(random);
        string[] texts = [.. Enumerable.Range(0, PerJob).Select(_ => queries.Next())];
        var options = new SqlJobOptions
        {
            Job = new JobOptions { Parallelism = 2, EpochInterval = TimeSpan.FromHours(1), OnNotice = static _ => { } },
        };
        await using SqlJob sql = await SqlJob.OpenAsync("random", Store.InMemory(), options);
        await sql.ExecuteAsync(string.Join(";\n",
            [RandomQueries.Table, .. texts.Select(static (text, at) => $"CREATE MATERIALIZED VIEW v{at} AS {text}")]));
        var live = new List<object?[]>();
        for (int epoch = 0, id = 0; epoch < Epochs; epoch++)
        {
            List<Task> told = [];
            for (int gone = Math.Min(live.Count, random.Next(5)); gone > 0; gone--)
            {
                object?[] victim = live[random.Next(live.Count)];
                live.Remove(victim);
                told.Add(sql.Table("r").DeleteAsync([victim]));
                oracle.Run($"DELETE FROM r WHERE id = {victim[0]}");
            }

            object?[][] rows = [.. Enumerable.Range(0, random.Next(3, 9)).Select(_ => Row(random, id++))];
            live.AddRange(rows);
            told.Add(sql.Table("r").InsertAsync(rows));
            IEnumerable<string> inserted = rows.Select(static row => $"({string.Join(", ", row.Select(Literal))})");
            oracle.Run($"INSERT INTO r VALUES {string.Join(", ", inserted)}");
            await sql.CommitAsync();
            await Task.WhenAll(told);
            for (int at = 0; at < texts.Length; at++)
            {
                IReadOnlyList<SqlRow> shown = await sql.QueryAsync($"SELECT * FROM v{at}");
                string[] actual = [.. shown.Select(Text).Order(StringComparer.Ordinal)];
                string[] expected = [.. oracle.Query(texts[at]).Select(Text).Order(StringComparer.Ordinal)];
                if (!expected.SequenceEqual(actual))
                {
                    wrong.AppendLine($"seed {seed}, epoch {epoch}: {texts[at]}\n" +
                        $"  over {string.Join("; ", live.Select(static row => string.Join(",", row.Select(Literal))))}\n" +
                        $"  PostgreSQL {string.Join("; ", expected)}\n  we         {string.Join("; ", actual)}");
                }
            }
        }
    }

    private static object?[] Row(Random random, int id)
    {
        object? Some(object value) => random.Next(6) == 0 ? null : value;
        string text = $"{(char)('a' + random.Next(4))}";
        return [id, Some(random.Next(3)), Some(random.Next(-3, 5)), Some(random.Next(-4, 9) / 4.0), Some(text)];
    }

    private static string Literal(object? value) => value switch
    {
        null => "NULL",
        string text => $"'{text}'",
        _ => FormattableString.Invariant($"{value}"),
    };

    private static string Text(SqlRow row) => string.Join(" | ", Enumerable.Range(0, row.Count).Select(at => row.Text(at) ?? "NULL"));

    private static string Text(string?[] row) => string.Join(" | ", row.Select(static value => value switch
    {
        null => "NULL",
        "t" => "true",
        "f" => "false",
        _ => value,
    }));
}
