using System.Globalization;
using System.Text;

namespace ActorStreams;

/// <summary>What a job has counted, at the moment of asking.</summary>
/// <remarks>
/// Counts are kept in every epoch and go on after a restart, so they are of the job's whole life, each row counted once. Between two epochs
/// they run ahead of what is committed. Every number is read as it is while the job works: one may be a batch older than another.
/// </remarks>
/// <param name="Epoch">The last committed epoch; 0 before the first.</param>
/// <param name="Restarts">How often the job was restarted after a failure, since its start in this process.</param>
/// <param name="Sources">By the source's name in the pipeline.</param>
/// <param name="Operators">
/// Of each operator with state, by its name, the counts by name: <c>rows</c> that came in, <c>errors</c> (rows that went to the dead
/// letters because user code threw), and what its documentation names; see <see cref="Counters"/>.
/// </param>
public sealed record JobMetrics(
    long Epoch, int Restarts, IReadOnlyDictionary<string, SourceMetrics> Sources,
        IReadOnlyDictionary<string, IReadOnlyDictionary<string, long>> Operators)
{
    /// <summary>Of each source partition, by <c>source/partition</c>: its share of the source's counts, and where its watermark
    /// stands.</summary>
    public IReadOnlyDictionary<string, PartitionMetrics> Partitions { get; init; } = new Dictionary<string, PartitionMetrics>(
        StringComparer.Ordinal);

    /// <summary>Dead letters committed since the job was started in this process, restarts included: one for each row and reason.</summary>
    public long DeadLetters { get; init; }

    /// <summary>A count of an operator; 0 if it has none of that name.</summary>
    /// <param name="operator">The operator: given by its stream (<see cref="Stream{T}.Operator"/>), or made of its name.</param>
    /// <param name="counter">The count's name: one of <see cref="Counters"/>.</param>
    public long CounterOf(OperatorHandle @operator, string counter)
    {
        ArgumentNullException.ThrowIfNull(@operator);
        return Operators.TryGetValue(@operator.Name, out IReadOnlyDictionary<string, long>? counters)
            ? counters.GetValueOrDefault(counter)
            : 0;
    }

    /// <summary>What a source has counted; nothing if there is no such source.</summary>
    /// <param name="source">The source: given by its stream (<see cref="Stream{T}.Operator"/>), or made of its name.</param>
    public SourceMetrics SourceOf(OperatorHandle source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return Sources.GetValueOrDefault(source.Name);
    }

    /// <summary>Everything, for people: a line for the job, for each source, source partition and operator.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture,
            $"epoch {Epoch}, {Restarts} restarts{(DeadLetters == 0 ? "" : FormattableString.Invariant($", {DeadLetters} dead letters"))}");
        foreach ((string source, SourceMetrics metrics) in Sources)
        {
            text.Append(CultureInfo.InvariantCulture, $"\nsource {source}: {metrics}");
            foreach ((string partition,
                PartitionMetrics share) in Partitions.Where(partition => partition.Key.StartsWith(source + "/", StringComparison.Ordinal)))
                text.Append(CultureInfo.InvariantCulture, $"\n  {partition}: {share}");
        }

        foreach ((string name, IReadOnlyDictionary<string, long> counters) in Operators)
            text.Append(CultureInfo.InvariantCulture,
                $"\noperator {name}: {string.Join(", ", counters.Select(counter => FormattableString.Invariant($"{counter.Key} {counter.Value}")))}");
        return text.ToString();
    }
}

/// <summary>What a source has counted, over all its partitions.</summary>
/// <param name="Rows">Rows that went into the pipeline.</param>
/// <param name="Late">Those among them whose event time was below the watermark of their partition when they came. What becomes of them is
/// the operators' business.</param>
/// <param name="Rejected">Records that could not be read as rows, or had no acceptable event time.</param>
public readonly record struct SourceMetrics(long Rows, long Late, long Rejected)
{
    /// <summary>The share of rows that did not come behind the watermark of their partition: what <see cref="Watermarks.Adaptive"/> aims
    /// at. 1 before the first row.</summary>
    public double Completeness => Rows == 0 ? 1 : 1 - ((double)Late / Rows);

    /// <summary>Those among them that the watermark did not follow, because they came from too far ahead of the rows before them
    /// (<see cref="JobOptions.MaxEventTimeLeap"/>).</summary>
    public long Leaps { get; init; }

    internal SourceMetrics Plus(SourceMetrics other) =>
        new(Rows + other.Rows, Late + other.Late, Rejected + other.Rejected) { Leaps = Leaps + other.Leaps };

    /// <summary>The counts in one line.</summary>
    public override string ToString() => FormattableString.Invariant($"{Rows} rows, {Late} late, {Rejected} rejected") +
        (Leaps == 0 ? "" : FormattableString.Invariant($", {Leaps} leaps"));
}

/// <summary>What a source partition has counted, and where it stands.</summary>
/// <param name="Rows">Rows that went into the pipeline.</param>
/// <param name="Late">Those among them whose event time was below the partition's watermark when they came.</param>
/// <param name="Rejected">Records that could not be read as rows, or had no acceptable event time.</param>
/// <param name="Watermark">The partition's own watermark: no row with an earlier event time is expected. Null before there is one.</param>
/// <param name="Delay">How far the watermark stands behind the largest event time, where it follows from that: the bound, or what was
/// learned. Null elsewhere.</param>
/// <param name="IsIdle">It has been silent for so long that the others do not wait for it.</param>
public readonly record struct PartitionMetrics(long Rows, long Late, long Rejected, DateTimeOffset? Watermark, TimeSpan? Delay, bool IsIdle)
{
    /// <summary>The share of rows that did not come behind the watermark. 1 before the first row.</summary>
    public double Completeness => Rows == 0 ? 1 : 1 - ((double)Late / Rows);

    /// <summary>Those of <see cref="Late"/>, since this start, that came behind a watermark which had gone on without rows
    /// (<see cref="JobOptions.QuietAfter"/>).</summary>
    public long LateAfterQuiet { get; init; }

    /// <summary>Those rows that the watermark did not follow, because they came from too far ahead of the rows before them
    /// (<see cref="JobOptions.MaxEventTimeLeap"/>).</summary>
    public long Leaps { get; init; }

    /// <summary>The counts, and where the watermark stands, in one line.</summary>
    public override string ToString() => FormattableString.Invariant($"{Rows} rows, {Late} late, {Rejected} rejected") +
        (Leaps == 0 ? "" : FormattableString.Invariant($", {Leaps} leaps")) +
        (Watermark is { } watermark ? $", watermark {EventTime.Format(EventTime.ToMicros(watermark))}" : ", no watermark yet") +
        (Delay is { } delay ? $", {delay} behind the latest row" : "") +
        (IsIdle ? ", idle" : "");
}
