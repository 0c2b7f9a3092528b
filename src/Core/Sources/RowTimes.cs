using ActorStreams.Core.Storage;
using ActorStreams.Core.Time;

namespace ActorStreams.Core.Sources;

/// <summary>The event times of the rows of a read, and their positions where these are wanted. Rows from far ahead are found here: of the
/// clock, which are refused, and of all rows before them, which the watermark does not follow.</summary>
/// <param name="eventTimes">Where the event time of a row is found; null: rows have none.</param>
/// <param name="progress">How far event time has come.</param>
/// <param name="number">The partition's number among those of all sources; null: no positions are wanted.</param>
/// <param name="options">The job's options.</param>
internal sealed class RowTimes<T>(EventTimes<T>? eventTimes, PartitionProgress<T> progress, int? number, JobOptions options)
{
    private readonly long[] _times = new long[options.BatchRows];
    private readonly long[] _positions = number is null ? [] : new long[options.BatchRows];
    private readonly long? _maxAhead = eventTimes is { IsCarried: false } ? options.MaxEventTimeAhead?.ToMicros() : null;
    private readonly LeapGuard? _leaps = progress.FollowsRows && options is { MaxEventTimeAhead: not null, MaxEventTimeLeap: { } leap }
        ? new LeapGuard(leap.ToMicros()) : null;

    private bool _mayLeap;

    /// <summary>The row behind the last one with a time, if it can have none; null: it was not looked at yet.</summary>
    public BadRow? Bad { get; private set; }

    /// <summary>Rows that the watermark did not follow; may be asked from any thread.</summary>
    public long Leaps => _leaps?.Leaps ?? 0;

    /// <inheritdoc cref="LeapGuard.HasLeapt"/>
    public bool HasLeapt => _leaps?.HasLeapt ?? false;

    /// <summary>The event times of the rows from <paramref name="start"/> to before <paramref name="end"/>.</summary>
    public ReadOnlySpan<long> Of(int start, int end) => _times.AsSpan(start, end - start);

    /// <summary>Their positions; empty if none are wanted.</summary>
    public ReadOnlySpan<long> PositionsOf(int start, int count) => number is null ? default : _positions.AsSpan(start, count);

    public void Restore(PartitionManifest from) => _leaps?.Restore(from.HasLeapt, from.Leaps);

    /// <summary>The row without a time is dealt with.</summary>
    public BadRow TakeBad()
    {
        BadRow bad = Bad!.Value;
        Bad = null;
        return bad;
    }

    /// <summary>Gives times to the next rows, a chunk of them at most, or up to one that is <see cref="Bad"/>.</summary>
    /// <returns>How many have one now.</returns>
    public int Assign(SourceBuffer<T> buffer, int from)
    {
        int count = Math.Min(Chunk<T>.Size, buffer.Count - from);
        Span<long> times = _times.AsSpan(from, count);
        int good = count;
        if (eventTimes is null)
        {
            times.Fill(EventTime.MinValue);
        }
        else if (eventTimes.IsCarried)
        {
            // Judged where they were assigned: here they are taken as they are, also those of results whose window ends far ahead.
            buffer.Times.Slice(from, count).CopyTo(times);
        }
        else
        {
            good = eventTimes.Assign(buffer.Rows.Slice(from, count), times, out Exception? error);
            Bad = error is null ? null : new BadRow(error, IsRefused: false);
        }

        if (_maxAhead is not null || _leaps is not null)
            good = Guard(times[..good]);

        if (number is { } partition)
        {
            for (int row = from; row < from + good; row++)
                _positions[row] = Position.Of(partition, buffer.OffsetOf(row));
        }

        return good;
    }

    /// <summary>How many of the rows from <paramref name="start"/> to before <paramref name="end"/> the watermark may follow; 0: the first
    /// of them leaps.</summary>
    public int Follow(int start, int end) => _mayLeap ? _leaps!.Follow(Of(start, end), progress.MaxTime) : end - start;

    /// <summary>A row from far ahead of the clock would complete every window: it ends here, as a dead letter, and never the job.</summary>
    /// <returns>How many rows come before it.</returns>
    private int Guard(ReadOnlySpan<long> times)
    {
        long maximum = TimeColumn.Scan(times).Maximum;
        _mayLeap = _leaps is not null && _leaps.Concerns(maximum, progress.MaxTime);
        if (_maxAhead is not { } ahead)
            return times.Length;
        long limit = EventTime.AddSaturated(options.Clock.GetUtcNow().ToMicros(), ahead);
        if (maximum <= limit)
            return times.Length;
        int row = 0;
        while (times[row] <= limit)
            row++;
        Bad = new BadRow(
            new SourceException(
                $"the event time {EventTime.Format(times[row])} is more than {TimeSpan.FromMicroseconds(ahead)} ahead of the clock " +
                $"({nameof(JobOptions)}.{nameof(JobOptions.MaxEventTimeAhead)})."),
            IsRefused: true);
        return row;
    }
}

/// <summary>A row without an event time.</summary>
/// <param name="Error">Why.</param>
/// <param name="IsRefused">Whether the engine refuses it, whatever the error policy says; otherwise user code threw.</param>
internal readonly record struct BadRow(Exception Error, bool IsRefused);
