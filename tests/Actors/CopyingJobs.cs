using ActorStreams.Authoring;
using Akka.Actor;
using Akka.Configuration;

namespace ActorStreams.Actors.Tests;

/// <summary>A pipeline that copies numbers through state of every key into a table of its store: each number is there once, whatever
/// happens to who copies.</summary>
internal static class CopyingJobs
{
    public static JobOptions Quick { get; } = new()
    {
        EpochInterval = TimeSpan.FromMilliseconds(10),
        Parallelism = 2,
        Shards = 16,
        Restart = new RestartPolicy(5, TimeSpan.Zero, TimeSpan.Zero),
        OnNotice = _ => { },
    };

    public static Pipeline Copying(Source<int> numbers, Func<int, int>? through = null)
    {
        var pipeline = Pipeline.Create("copying");
        pipeline.Read("numbers", numbers).KeyBy(n => n % 4)
            .EventSourced<long, int>("sums", (_, n) => [through?.Invoke(n) ?? n], (sum, n) => sum + n)
            .Write("out", Sinks.Table<int>("numbers", t => t.Column("n", n => n)));
        return pipeline;
    }

    /// <summary>Starts it again until all numbers are copied, and says which are.</summary>
    public static async Task<IEnumerable<long>> RestOfAsync(Numbers numbers, int last, MemoryStore store, ActorSystem? system = null)
    {
        numbers.End(last);
        await using Job job = await Job.StartAsync(Copying(numbers), store, Quick with { System = system }).WaitAsync(Limits.Test);
        await job.Completion.WaitAsync(Limits.Test);
        return store.ReadTable("numbers").Select(row => (long)row[0]!).Order();
    }

    public static IEnumerable<long> UpTo(int last) => Enumerable.Range(1, last).Select(n => (long)n);

    public static ActorSystem NewSystem(string hocon = "") => ActorSystem.Create("shop", ConfigurationFactory.ParseString(hocon).WithFallback(
        ConfigurationFactory.ParseString("akka { loglevel = OFF, stdout-loglevel = OFF }")));
}
