using ActorStreams.Serving.Access;
using ActorStreams.Serving.Views;

namespace ActorStreams.Serving.Changes;

/// <summary>Events that belong together: those of an epoch with the progress that ends it, or a single one. Without any it says that the
/// line lives.</summary>
internal sealed class EventBatch
{
    private readonly IServedEpoch? _rows;
    private readonly ServedEvent? _last;

    private EventBatch(IServedEpoch? rows, ServedEvent? last) => (_rows, _last) = (rows, last);

    /// <summary>Nothing has happened for a while.</summary>
    public static EventBatch Beat { get; } = new(null, null);

    /// <summary>The job has ended.</summary>
    public static EventBatch End { get; } = new(null, new ServedEvent(EventKind.End, null));

    public static EventBatch Of(IServedEpoch rows) => new(rows, new ServedEvent(EventKind.Progress, rows.Epoch));

    public static EventBatch Progress(long epoch) => new(null, new ServedEvent(EventKind.Progress, epoch));

    /// <param name="error">What ended it.</param>
    /// <param name="after">The epoch that the client goes on after; null: it begins anew, or not at all.</param>
    public static EventBatch Error(Exception error, long? after) =>
        new(null, new ServedEvent(EventKind.Error, after, Error: error.Message, Status: Refusals.StatusOf(error)));

    public int Count => (_rows?.Count ?? 0) + (_last is null ? 0 : 1);

    /// <summary>After it the client may go on: the epoch is whole. Null: it says nothing of an epoch.</summary>
    public long? Whole => _last is { Kind: EventKind.Progress } progress ? progress.Epoch : null;

    public ServedEvent this[int number] => number < (_rows?.Count ?? 0)
        ? new ServedEvent(_rows!.KindOf(number), _rows.Epoch, _rows, number) : _last!.Value;

    public long EstimateBytes() => _rows?.EstimateBytes() ?? 0;
}
