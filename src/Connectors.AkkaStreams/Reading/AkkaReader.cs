using ActorStreams.Authoring;
using ActorStreams.Connectors.AkkaStreams.Bridges;
using Akka.Streams.Dsl;

namespace ActorStreams.Connectors.AkkaStreams.Reading;

/// <summary>Reads a running graph whose elements come through a ring.</summary>
/// <typeparam name="TElement">What the graph gives.</typeparam>
/// <typeparam name="T">The row.</typeparam>
internal abstract class AkkaReader<TElement, T>(SourceContext context) : SourceReader<T>
{
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private StreamPlace? _place;

    protected RowRing<TElement>? Ring { get; private set; }

    protected SourceContext Context => context;

    /// <summary>Starts the graph. Called in a turn of the job's.</summary>
    public void Open<TMat>(Source<TElement, TMat> source, int bufferRows)
    {
        Ring = new RowRing<TElement>(bufferRows);
        _place = StreamPlace.Open();
        source.RunWith(Akka.Streams.Dsl.Sink.FromGraph(new IntoRing<TElement>(Ring, _stopped)), _place.Materializer);
    }

    /// <summary>Cancels the graph; what it has given is read.</summary>
    public void EndInput() => Ring!.Close();

    public sealed override async ValueTask<bool> ReadAsync(SourceBuffer<T> buffer, CancellationToken cancellation)
    {
        RowRing<TElement> ring = Ring!;
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            Take(ring, buffer);
            ring.TellRead();
            if (buffer.Count > 0)
                return true;
            if (ring.IsOver(out Exception? error))
                return error is null ? false : throw Failed(error);
            await ring.RowsAsync(cancellation);
        }
    }

    public sealed override async ValueTask DisposeAsync()
    {
        if (_place is not null)
        {
            Ring!.Close();
            await RingWaits.PatientlyAsync(_stopped.Task);
            _place.Dispose();
        }

        await base.DisposeAsync();
    }

    /// <summary>Adds what is there to the buffer, as much as it holds.</summary>
    protected abstract void Take(RowRing<TElement> ring, SourceBuffer<T> buffer);

    /// <summary>Where the graph failed, for people.</summary>
    protected abstract string Place { get; }

    private SourceException Failed(Exception error) => new(
        $"Pipeline '{context.Pipeline}', source '{context.Operator}': the Akka.Streams source failed {Place}: {error.Message}", error);
}
