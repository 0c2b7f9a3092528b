using ActorStreams.Authoring;
using ActorStreams.Connectors.AkkaStreams.Bridges;
using Akka;
using Akka.Streams.Dsl;

namespace ActorStreams.Connectors.AkkaStreams.Writing;

/// <summary>A running flow that is told epochs, one at a time, and acknowledges each by its number.</summary>
internal sealed class EpochLine<T> : IAsyncDisposable
{
    private readonly SinkContext _context;
    private readonly StreamPlace _place = StreamPlace.Open();
    private readonly RowRing<EpochRows<T>> _told = new(1);
    private readonly RowRing<long> _acknowledged = new(1);
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _last;

    /// <summary>Called in a turn of the job's.</summary>
    public EpochLine(SinkContext context, Flow<EpochRows<T>, long, NotUsed> flow)
    {
        _context = context;
        Source.FromGraph(new FromRing<EpochRows<T>>(_told, new TaskCompletionSource())).Via(flow)
            .RunWith(Akka.Streams.Dsl.Sink.FromGraph(new IntoRing<long>(_acknowledged, _stopped)), _place.Materializer);
    }

    /// <summary>Tells an epoch and waits until it is acknowledged; one that was acknowledged already is not told again.</summary>
    /// <exception cref="SinkException">The flow has ended, or acknowledges another number.</exception>
    public async ValueTask TellAsync(long epoch, IReadOnlyList<T> rows, bool isAgain, CancellationToken cancellation)
    {
        if (epoch <= _last)
            return;
        _told.TryWrite(new EpochRows<T>(epoch, rows)
        {
            Pipeline = _context.Pipeline,
            Sink = _context.Operator,
            Generation = _context.Generation,
            IsToldAgain = isAgain,
        });
        _told.TellWritten();
        long number;
        while (!_acknowledged.TryRead(out number))
        {
            if (_acknowledged.IsOver(out Exception? error))
                throw new SinkException($"{Where}: the flow {(error is null ? "has completed" : "failed")} before it acknowledged epoch {epoch}{(error is null ? "" : $": {error.Message}")}. The epoch is committed and kept; the next run tells it again.", error);
            await _acknowledged.RowsAsync(cancellation);
        }

        _acknowledged.TellRead();
        if (number != epoch)
            throw new SinkException($"{Where}: epoch {epoch} was told, and the flow acknowledged {number}. It must give the number of each epoch once its rows are in the outside, and nothing else.");
        _last = epoch;
    }

    /// <summary>No more epochs come: the flow completes.</summary>
    public async ValueTask EndAsync()
    {
        _told.EndWith(null);
        await RingWaits.PatientlyAsync(_stopped.Task);
    }

    public async ValueTask DisposeAsync()
    {
        // What was told and not acknowledged is told again by the next run: there is nothing to wait for.
        _acknowledged.Close();
        await EndAsync();
        _place.Dispose();
    }

    private string Where => $"Pipeline '{_context.Pipeline}', sink '{_context.Operator}'";
}
