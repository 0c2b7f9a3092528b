using System.Globalization;
using ActorStreams.Connectors.Log.Runtime;

namespace ActorStreams;

/// <summary>Reads a topic: one source partition for each of its partitions, positions are offsets, event times and watermarks are the
/// writers'.</summary>
/// <remarks>
/// Commits of the same process wake it; those of others it finds by asking every so often. The watermark moves where an epoch of the
/// writers ended: it is what all of them had reached. One that has come to its end holds nothing back, nor does one that was not heard of
/// for 30 seconds beyond its epoch interval: where none is left, event time goes on with the clock, five seconds behind, and the next
/// writer's first commit records how far. <see cref="WaitForWriters"/> waits for one instead.
/// </remarks>
/// <typeparam name="T">The row.</typeparam>
public sealed class TopicSource<T> : Source<T>
{
    private readonly string _name;
    private readonly TopicStart _from;
    private readonly bool _isBounded;
    private readonly TimeSpan _pollInterval;
    private readonly bool _waitsForWriters;

    internal TopicSource(string name, TopicStart from, bool isBounded, TimeSpan pollInterval, bool waitsForWriters = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        (_name, _from, _isBounded, _pollInterval, _waitsForWriters) = (name, from, isBounded, pollInterval, waitsForWriters);
    }

    internal static TimeSpan DefaultPollInterval { get; } = TimeSpan.FromMilliseconds(250);

    /// <inheritdoc/>
    public override string Description => $"topic {_name} from {_from.Description}{(_isBounded ? " to its end" : "")}";

    /// <inheritdoc/>
    public override SourceGuarantee Guarantee => SourceGuarantee.Replayable;

    /// <inheritdoc/>
    public override bool CarriesEventTimes => true;

    /// <inheritdoc/>
    public override bool OpensAtAnyRow => true;

    /// <inheritdoc/>
    public override bool KnowsItsEnd => true;

    /// <inheritdoc/>
    public override Silence Silence => _isBounded ? Silence.SaysNothing : Silence.IsDeclared;

    /// <summary>Reads up to the end that each partition has when the job first starts, and ends there.</summary>
    public TopicSource<T> ToEnd() => new(_name, _from, isBounded: true, _pollInterval, _waitsForWriters);

    /// <summary>Event time stands still while no writer is there, until one comes: for writers that are down for longer than half a minute
    /// and then catch up.</summary>
    public TopicSource<T> WaitForWriters() => new(_name, _from, _isBounded, _pollInterval, waitsForWriters: true);

    /// <summary>How often to ask for what other processes have committed, by the job's clock. Default: 250 ms.</summary>
    public TopicSource<T> PollEvery(TimeSpan interval)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(interval, TimeSpan.Zero);
        return new(_name, _from, _isBounded, interval, _waitsForWriters);
    }

    /// <inheritdoc/>
    public override async ValueTask<IReadOnlyList<string>> PartitionsAsync(SourceContext context, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(context);
        Topic topic = await FindAsync(context, cancellation);
        return [.. Enumerable.Range(0, topic.Spec.Partitions).Select(partition => partition.ToString(CultureInfo.InvariantCulture))];
    }

    /// <inheritdoc/>
    public override async ValueTask<SourceReader<T>> OpenAsync(string partition, SourceOffset? from, SourceContext context,
        CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentException.ThrowIfNullOrEmpty(partition);
        Topic topic = await FindAsync(context, cancellation);
        var place = new TopicPlace(context.Store!.Topics, _name, int.Parse(partition, CultureInfo.InvariantCulture),
            $"Pipeline '{context.Pipeline}', source '{context.Operator}'");
        var codecs = new TopicCodecs<T>(place, RecordCodec.Of<T>());
        codecs.Take(topic);
        TopicRange range = await place.RangeAsync(cancellation);
        long start = from?.Value ?? await place.StartAsync(_from, range, cancellation);
        long? end = from?.State is { } state ? BitConverter.ToInt64(state) : _isBounded ? range.Next : null;
        return new TopicReader<T>(place, codecs, start, _isBounded ? end : null, context.AvailableNow ? range : null, context.Clock,
            _pollInterval, _waitsForWriters);
    }

    private async ValueTask<Topic> FindAsync(SourceContext context, CancellationToken cancellation)
    {
        string where = $"Pipeline '{context.Pipeline}', source '{context.Operator}'";
        if (context.Store is null)
            throw new SourceException(
                $"{where}: topic '{_name}' is read from the job's store, and the job has none. Start it with a store.");
        return await context.Store.Topics.FindAsync(_name, cancellation)
            ?? throw new SourceException(
                $"{where}: topic '{_name}' is not in {context.Store.Description}. It is made when a job that writes it starts: start that one first, or correct the name.");
    }
}
