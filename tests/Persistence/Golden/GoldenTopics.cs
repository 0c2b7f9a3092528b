using ActorStreams.Authoring;
using ActorStreams.Operators.Tests.Fixtures;

namespace ActorStreams.Persistence.Tests.Golden;

/// <summary>A job that writes two topics, and readers of them that stop with windows open.</summary>
internal static class GoldenTopics
{
    private const string Log = "golden-log", Latest = "golden-latest";

    public static async Task FirstHalfAsync(Store store)
    {
        await GoldenRun.FirstHalfAsync("topic-writer", Write, store);
        await ReadAsync(store, GoldenRun.Options with { AvailableNow = true }, isLast: false);
    }

    public static async Task SecondHalfAsync(Store store)
    {
        await GoldenRun.SecondHalfAsync("topic-writer", Write, store);
        await store.Topics.CompactAsync(Latest, DateTimeOffset.UnixEpoch.AddYears(60));
        await ReadAsync(store, GoldenRun.Options, isLast: true);
    }

    public static async Task AllAsync(Store store)
    {
        await GoldenRun.AllAsync("topic-writer", Write, store);
        await ReadAsync(store, GoldenRun.Options, isLast: true);
    }

    private static void Write(GoldenGraph graph)
    {
        graph.Right.Write("log", Topics.To<GoldenRow, string>(Log, partitions: 2, row => row.Key));
        graph.Right.Write("latest", Topics.To<GoldenRow, string>(Latest, partitions: 2, row => row.Key, new() { IsCompacted = true }));
    }

    private static async Task ReadAsync(Store store, JobOptions options, bool isLast)
    {
        await RunAsync("topic-windows", graph => graph.Results(Read(graph, Log, isLast).KeyBy(row => row.Key)
            .Window("window", Window.Tumbling(TimeSpan.FromMinutes(10))).Aggregate(Aggregate.Of<GoldenRow>().Count())
                .Map(pane => GoldenText.Of(pane))));
        await RunAsync("topic-table", graph => graph.Results(Read(graph, Latest, isLast).KeyBy(row => row.Key).ToTable("table")));

        async Task RunAsync(string name, Action<GoldenGraph> build)
        {
            var pipeline = Pipeline.Create(name);
            build(new GoldenGraph(pipeline, new ScriptedSource<GoldenRow>(),
                new ScriptedSource<GoldenRow>())
            { Answered = Task.CompletedTask });
            await using Job job = await Job.StartAsync(pipeline, store, options);
            await job.Completion.WaitAsync(Limits.Test);
        }
    }

    private static Stream<GoldenRow> Read(GoldenGraph graph, string topic, bool isLast) =>
        graph.Pipeline.Read("topic", isLast ? Topics.Read<GoldenRow>(topic).ToEnd() : Topics.Read<GoldenRow>(topic))
            .WithWatermarks(Watermarks.FromSource());
}
