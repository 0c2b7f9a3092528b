namespace ActorStreams.Benchmarks.Harness;

/// <summary>The program a benchmark is compared with: hand-written or another library, over the same rows.</summary>
public interface IBaseline
{
    string Name { get; }

    /// <summary>What is done to each row, in one sentence.</summary>
    string What { get; }

    /// <summary>Whether the results of a run survive a crash (on our side; the baseline's name says if it differs).</summary>
    bool Durable { get; }

    string BaselineName { get; }

    long DefaultRows { get; }

    /// <summary>The right answer for <paramref name="rows"/> rows, from a slow and obvious model.</summary>
    Outcome Expect(long rows);

    /// <summary>One whole run. Preparation (input, files) is not in the figures: a <see cref="Meter"/> is started after it.</summary>
    Measurement RunBaseline(long rows);

    /// <summary>Other ways to write the baseline, reported beside it, never used in a ratio.</summary>
    IReadOnlyList<Variant> Variants => [];
}

/// <summary>A baseline with our side next to it: what <c>list</c> shows and <c>run</c> compares.</summary>
public interface IBenchmark : IBaseline
{
    /// <summary>The same work over the same rows, by ActorStreams. One whole run, as <see cref="IBaseline.RunBaseline"/>.</summary>
    Measurement RunOurs(long rows);
}

/// <summary>A named alternative to a baseline.</summary>
public sealed record Variant(string Name, Func<long, Measurement> Run);
