using ActorStreams.Authoring;
using ActorStreams.Operators.Tests.Fixtures;

namespace ActorStreams.Operators.Tests.Windows;

/// <summary>Both ends of the distribution of keys: all rows in one key, and no two rows of the same key.</summary>
/// <remarks><c>ACTORSTREAMS_EXTREME_ROWS</c> says how many rows (default 2,000,000; ten millions hold, too).</remarks>
public sealed class ExtremeKeysSpec
{
    private static readonly int Rows = int.Parse(Environment.GetEnvironmentVariable("ACTORSTREAMS_EXTREME_ROWS") ?? "2000000",
        System.Globalization.CultureInfo.InvariantCulture);

    private static readonly Dictionary<string, Func<KeyedStream<int, int>, WindowedStream<int, int>>> s_windows = new()
    {
        ["tumbling"] = rows => rows.Window("w", Window.Tumbling(TimeSpan.FromMinutes(1))),
        ["hopping"] = rows => rows.Window("w", Window.Hopping(TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(30))),
        ["session"] = rows => rows.Window("w", Window.Session(TimeSpan.FromSeconds(30))),
    };

    public static TheoryData<string> Windows => [.. s_windows.Keys];

    [Theory]
    [MemberData(nameof(Windows))]
    public async Task One_key_may_have_millions_of_rows(string windows)
    {
        (long results, long rows, long keys) = await RunAsync(windows, _ => 0);
        Assert.Equal(windows == "hopping" ? 2L * Rows : Rows, rows);
        Assert.Equal(windows == "hopping" ? 2 : 1, results);
        Assert.Equal(0, keys);
    }

    [Theory]
    [MemberData(nameof(Windows))]
    public async Task Millions_of_keys_may_have_a_row_each(string windows)
    {
        (long results, long rows, long keys) = await RunAsync(windows, row => row);
        long each = windows == "hopping" ? 2 : 1;
        Assert.Equal(each * Rows, rows);
        Assert.Equal(each * Rows, results);
        Assert.Equal(each * Rows * (Rows - 1L) / 2, keys);
    }

    /// <summary>All rows within ten seconds.</summary>
    /// <returns>How many results there were, the sum of their counts, the sum of their keys.</returns>
    private static async Task<(long Results, long Rows, long Keys)> RunAsync(string windows, Func<int, int> keyOf)
    {
        long results = 0, rows = 0, keys = 0;
        var pipeline = Pipeline.Create("extreme");
        s_windows[windows](pipeline.Read("rows", Sources.Of([.. Enumerable.Range(0, Rows)]))
            .WithEventTime(row => (long)row, Watermarks.Monotonic()).KeyBy(keyOf))
            .Aggregate(Aggregate.Of<int>().Count())
            .Write("out",
                Sinks.ForEach<WindowResult<int, long>>(
                result => (results, rows, keys) = (results + 1, rows + result.Result, keys + result.Key)));
        await pipeline.ToEndAsync(Store.InMemory(), Runs.Quick with { EpochInterval = TimeSpan.FromSeconds(1) });
        return (results, rows, keys);
    }
}
