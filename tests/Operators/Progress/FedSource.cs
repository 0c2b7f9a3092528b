using System.Globalization;
using ActorStreams.Authoring;

namespace ActorStreams.Operators.Tests.Progress;

/// <summary>Partitions that a test on virtual time feeds: rows, declared watermarks, the end. A crashed job reads it all again.</summary>
internal sealed class FedSource(int partitions = 1) : Source<Event>
{
    private readonly List<Fed>[] _fed = [.. Enumerable.Range(0, partitions).Select(_ => new List<Fed>())];
    private readonly bool[] _ended = new bool[partitions];
    private readonly List<TaskCompletionSource> _waiting = [];

    /// <summary>Rows read so far, by partition.</summary>
    public int[] Read { get; } = new int[partitions];

    public int RowsPerRead { get; init; } = int.MaxValue;

    /// <summary>Whether its silence means that nothing happens.</summary>
    public bool IsLive { get; init; }

    /// <summary>Whether it knows that it has given all there is.</summary>
    public bool IsUpToDate { get; set; } = true;

    public override Silence Silence => IsLive ? Silence.NothingHappens : Silence.SaysNothing;

    public override string Description => "fed source";

    public override SourceGuarantee Guarantee => SourceGuarantee.Replayable;

    public FedSource Add(int partition, params Event[] rows)
    {
        _fed[partition].AddRange(rows.Select(row => new Fed(row, null)));
        return Wake();
    }

    public FedSource Declare(int partition, long watermark)
    {
        _fed[partition].Add(new Fed(default, watermark));
        return Wake();
    }

    public FedSource End(params int[] which)
    {
        foreach (int partition in which.Length == 0 ? Enumerable.Range(0, partitions) : which)
            _ended[partition] = true;
        return Wake();
    }

    public override ValueTask<IReadOnlyList<string>> PartitionsAsync(SourceContext context, CancellationToken cancellation) =>
        new([.. Enumerable.Range(0, partitions).Select(number => number.ToString(CultureInfo.InvariantCulture))]);

    public override ValueTask<SourceReader<Event>> OpenAsync(string partition, SourceOffset? from, SourceContext context,
        CancellationToken cancellation) =>
        new(new Reader(this, int.Parse(partition, CultureInfo.InvariantCulture), (int)(from?.Value ?? 0)));

    private FedSource Wake()
    {
        TaskCompletionSource[] waiting = [.. _waiting];
        _waiting.Clear();
        foreach (TaskCompletionSource more in waiting)
            more.TrySetResult();
        return this;
    }

    private readonly record struct Fed(Event Row, long? Watermark);

    private sealed class Reader(FedSource source, int partition, int at) : SourceReader<Event>
    {
        private int _at = at;

        public override SourceOffset Offset => new(_at);

        public override bool IsUpToDate => source.IsUpToDate;

        public override async ValueTask<bool> ReadAsync(SourceBuffer<Event> buffer, CancellationToken cancellation)
        {
            List<Fed> fed = source._fed[partition];
            while (_at == fed.Count)
            {
                if (source._ended[partition])
                    return false;
                var more = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                source._waiting.Add(more);
                await using CancellationTokenRegistration registration = cancellation.UnsafeRegister(
                    _ => more.TrySetCanceled(cancellation), null);
                await more.Task;
            }

            for (; _at < fed.Count && !buffer.IsFull && buffer.Count < source.RowsPerRead; _at++)
            {
                if (fed[_at].Watermark is { } watermark)
                {
                    buffer.DeclareWatermark(watermark);
                    continue;
                }

                buffer.Add(fed[_at].Row, _at);
                source.Read[partition]++;
            }

            return true;
        }
    }
}

/// <summary>A row of these specs; times are microseconds.</summary>
public readonly record struct Event(string Key, long Time, bool IsMarker = false);
