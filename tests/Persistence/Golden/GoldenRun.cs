using ActorStreams.Authoring;
using ActorStreams.Operators.Tests.Fixtures;

namespace ActorStreams.Persistence.Tests.Golden;

/// <summary>Runs golden jobs over the first half of their input, over the second, or over all of it without a stop.</summary>
/// <remarks>The input comes in pieces, first those on the right, each committed before the next comes: so even joins whose results depend
/// on
/// which side comes first give the same in every run.</remarks>
internal static class GoldenRun
{
    private const int Pieces = 4, PieceRows = GoldenRow.Count / Pieces;

    public static JobOptions Options { get; } = new()
    {
        EpochInterval = TimeSpan.FromMilliseconds(20),
        Parallelism = 2,
        Shards = 4,
        MaxEventTimeAhead = null,
        Restart = RestartPolicy.None,
        Clock = new GoldenClock(),
    };

    public static Task FirstHalfAsync(string job, Action<GoldenGraph> build, Store store) => RunAsync(job, build, store, 0, Pieces / 2);

    public static Task SecondHalfAsync(string job, Action<GoldenGraph> build, Store store) =>
        RunAsync(job, build, store, Pieces / 2, Pieces);

    public static Task AllAsync(string job, Action<GoldenGraph> build, Store store) => RunAsync(job, build, store, 0, Pieces);

    private static async Task RunAsync(string name, Action<GoldenGraph> build, Store store, int from, int to)
    {
        ScriptedSource<GoldenRow> left = new(), right = new();
        left.Add([.. GoldenRow.Left.Take(from * PieceRows)]);
        right.Add([.. GoldenRow.Right.Take(from * PieceRows)]);
        Task answered = to < Pieces ? new TaskCompletionSource().Task : Task.CompletedTask;
        var graph = new GoldenGraph(Pipeline.Create(name), left, right) { Answered = answered };
        build(graph);
        await using Job job = await Job.StartAsync(graph.Pipeline, store, Options);
        for (int piece = from; piece < to; piece++)
        {
            if (graph.UsesRight)
                await FeedAsync(job, right, GoldenRow.Right, piece);
            if (graph.UsesLeft)
                await FeedAsync(job, left, GoldenRow.Left, piece);
        }

        if (to < Pieces)
        {
            await job.StopAsync();
            return;
        }

        left.End();
        right.End();
        await job.Completion.WaitAsync(Limits.Test);
    }

    /// <summary>Adds a piece and waits until an epoch is committed that holds it, or until the job has failed.</summary>
    private static async Task FeedAsync(Job job, ScriptedSource<GoldenRow> source, IReadOnlyList<GoldenRow> rows, int piece)
    {
        source.Add([.. rows.Skip(piece * PieceRows).Take(PieceRows)]);
        await await Task.WhenAny(source.CommittedAsync((piece + 1) * PieceRows), job.Completion);
    }
}
