using ActorStreams.Core.Exchange;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Regions;
using ActorStreams.Core.Sources;
using ActorStreams.Core.Stages;

namespace ActorStreams.Core.Jobs;

/// <summary>What the instances of a process show of themselves at one moment: counts, where they stand, what they keep back, and who is
/// waited for. Of an attempt on several nodes each node has its own, and the sum of all is that of the attempt.</summary>
/// <remarks>They are single numbers that only the instances change: any thread may read them, and one may be a batch older than
/// another.</remarks>
/// <param name="Sources">Of each source its counts.</param>
/// <param name="Partitions">The source partitions.</param>
/// <param name="Operators">The operators that keep state or count.</param>
/// <param name="Holders">Sinks and calls that others wait for, those that have been waited for longest first.</param>
internal sealed record InstanceFigures(IReadOnlyDictionary<string, SourceMetrics> Sources, IReadOnlyList<PartitionFigures> Partitions,
    IReadOnlyList<OperatorFigures> Operators, IReadOnlyList<HolderFigures> Holders)
{
    public static InstanceFigures Nothing { get; } = new(new Dictionary<string, SourceMetrics>(StringComparer.Ordinal), [], [], []);

    /// <summary>Dead letters of committed epochs.</summary>
    public long DeadLetters { get; init; }

    /// <summary>Dead letters of a job without a store, which nobody can read.</summary>
    public long ForNobody { get; init; }

    /// <summary>The last of them, in short.</summary>
    public string LastForNobody { get; init; } = "";

    /// <summary>Whom a partition waits for; null: that is not known.</summary>
    public string? WaitsFor(SourcePosition position) => Partitions
        .FirstOrDefault(partition => partition.Position.Source == position.Source && partition.Position.Partition == position.Partition)
        .WaitsFor;

    /// <summary>Of the instances of a build that run in this process.</summary>
    public static InstanceFigures Of(JobBuild build)
    {
        StageLoop[] here = [.. build.Actors.Where(actor => build.IsHere(actor.Name))];
        var sources = new SortedDictionary<string, SourceMetrics>(StringComparer.Ordinal);
        var partitions = new List<PartitionFigures>();
        foreach (StageLoop actor in here)
        {
            if (actor.Source is not { } source)
                continue;
            sources[source.Name] = sources.GetValueOrDefault(source.Name).Plus(source.Metrics);
            partitions.AddRange(source.Positions.Zip(source.PartitionMetrics, (position, metrics) =>
                new PartitionFigures(position, metrics.Metrics, source.WaitsFor(position.Partition))));
        }

        HolderFigures[] holders = [.. here.SelectMany(static actor => HoldersOf(actor)).OrderBy(static holder => holder.Since)];
        var letters = build.Plan.Pipeline.DeadLetterSink as DeadLetterTable;
        return new InstanceFigures(sources, partitions, OperatorsOf(build, here), holders)
        {
            DeadLetters = build.Views.DeadLetters.Committed,
            ForNobody = letters?.ForNobody ?? 0,
            LastForNobody = letters?.LastForNobody ?? "",
        };
    }

    /// <summary>Of all nodes of an attempt.</summary>
    public static InstanceFigures Sum(IReadOnlyCollection<InstanceFigures> nodes)
    {
        var sources = new SortedDictionary<string, SourceMetrics>(StringComparer.Ordinal);
        foreach ((string name, SourceMetrics metrics) in nodes.SelectMany(static node => node.Sources))
            sources[name] = sources.GetValueOrDefault(name).Plus(metrics);
        return new InstanceFigures(sources, [.. nodes.SelectMany(static node => node.Partitions)],
            [.. nodes.SelectMany(static node => node.Operators).GroupBy(static one => one.Name, StringComparer.Ordinal)
                .Select(OperatorFigures.Sum)],
            [.. nodes.SelectMany(static node => node.Holders).OrderBy(static holder => holder.Since)])
        {
            DeadLetters = nodes.Sum(static node => node.DeadLetters),
            ForNobody = nodes.Sum(static node => node.ForNobody),
            LastForNobody = nodes.Select(static node => node.LastForNobody).LastOrDefault(static last => last.Length > 0) ?? "",
        };
    }

    /// <summary>The counts, as users read them.</summary>
    public JobMetrics Metrics(long epoch, int restarts)
    {
        var partitions = new SortedDictionary<string, PartitionMetrics>(StringComparer.Ordinal);
        foreach (PartitionFigures partition in Partitions)
            partitions[partition.Position.Name] = partition.Metrics;
        var operators = new SortedDictionary<string, IReadOnlyDictionary<string, long>>(StringComparer.Ordinal);
        foreach (OperatorFigures one in Operators)
            operators[one.Name] = one.Counters;
        return new JobMetrics(epoch, restarts, Sources, operators) { Partitions = partitions, DeadLetters = DeadLetters };
    }

    private static IEnumerable<HolderFigures> HoldersOf(StageLoop actor)
    {
        foreach (IHolder holder in actor.Context.Sinks.OfType<IHolder>().Concat(actor.Context.AsyncParts.OfType<IHolder>()))
        {
            if (holder.Holding is { } holding)
                yield return new HolderFigures(holder.HolderName, holding.What, holding.Since, actor.Name, Node: "");
        }
    }

    private static List<OperatorFigures> OperatorsOf(JobBuild build, StageLoop[] here)
    {
        HashSet<StageContext> contexts = [.. here.Select(static actor => actor.Context)];
        List<OperatorFigures> operators = [];
        foreach (IGrouping<string, IRegion> regions in build.Regions.GroupBy(static region => region.OperatorName, StringComparer.Ordinal))
        {
            var figures = new OperatorFigures(regions.Key, new SortedDictionary<string, long>(StringComparer.Ordinal), KeptBack.Nothing,
                EventTime.MaxValue, HasRegions: true);
            IEnumerable<OperatorFigures> parts = regions.Where(region => contexts.Contains(region.Context)).Select(static region =>
                new OperatorFigures(region.OperatorName, region.Counters(), region.KeptBack, region.Watermark, HasRegions: true));
            var errors = new Dictionary<string, long>
            {
                ["errors"] = build.SenderErrors.Where(sender => sender.OperatorName == regions.Key).Sum(static sender => sender.Count),
            };
            operators.Add(OperatorFigures.Sum([figures, .. parts, figures with { Counters = errors }]));
        }

        operators.AddRange(build.Counts.GroupBy(static count => count.OperatorName, StringComparer.Ordinal).Select(static counts =>
            OperatorFigures.Sum(counts.Select(static count => new OperatorFigures(count.OperatorName,
                new Dictionary<string, long> { [count.Counter] = count.Value }, KeptBack.Nothing, EventTime.MaxValue,
                HasRegions: false)))));
        return operators;
    }
}

/// <summary>What a source partition shows.</summary>
/// <param name="Position">Where it stands.</param>
/// <param name="Metrics">Its counts.</param>
/// <param name="WaitsFor">Whom it waits for; null: that is not known.</param>
internal readonly record struct PartitionFigures(SourcePosition Position, PartitionMetrics Metrics, string? WaitsFor);

/// <summary>What an operator shows.</summary>
/// <param name="Name">The operator.</param>
/// <param name="Counters">Its counts, by name.</param>
/// <param name="KeptBack">What it keeps back until the watermark lets it go.</param>
/// <param name="Watermark">The least watermark of its regions; the largest value: none is here.</param>
/// <param name="HasRegions">Whether it keeps state.</param>
internal sealed record OperatorFigures(string Name, IReadOnlyDictionary<string, long> Counters, KeptBack KeptBack, long Watermark,
    bool HasRegions)
{
    /// <summary>Of parts of one operator the sum.</summary>
    public static OperatorFigures Sum(IEnumerable<OperatorFigures> parts)
    {
        OperatorFigures? sum = null;
        var counters = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (OperatorFigures part in parts)
        {
            foreach ((string counter, long value) in part.Counters)
                counters[counter] = counters.GetValueOrDefault(counter) + value;
            sum = sum is null ? part : part with
            {
                KeptBack = new KeptBack(sum.KeptBack.Count + part.KeptBack.Count,
                    part.KeptBack.Count > 0 ? part.KeptBack.What : sum.KeptBack.What),
                Watermark = Math.Min(sum.Watermark, part.Watermark),
            };
        }

        return sum! with { Counters = counters };
    }
}

/// <summary>A sink or a call that others wait for.</summary>
/// <param name="Name">The operator or sink.</param>
/// <param name="What">What it does.</param>
/// <param name="Since">Since when (<see cref="SourceClockwork.Now"/>).</param>
/// <param name="Instance">The instance it is part of.</param>
/// <param name="Node">The node of that; empty: there are no others.</param>
internal readonly record struct HolderFigures(string Name, string What, long Since, string Instance, string Node)
{
    /// <summary>The operator, and where it is if that may be on several nodes.</summary>
    public override string ToString() => Node.Length == 0 ? $"'{Name}'" : $"'{Name}' (instance '{Instance}' on node '{Node}')";
}
