using ActorStreams.Core.Epochs;
using ActorStreams.Core.Records;
using ActorStreams.Core.Sinks;

namespace ActorStreams.Core.Actors;

/// <summary>One writer of a sink, at the end of a chain.</summary>
internal sealed class SinkPart<T>(string name, Sink<T> sink, ActorContext context) : Receiver<T>, IEpochPart, ISinkPart
{
    private SinkWriter<T>? _writer;

    public bool IsFull => _writer!.IsFull;

    public async ValueTask OpenAsync(ActorOpening opening, CancellationToken cancellation)
    {
        byte[]? handle = null;
        if (opening.Manifest is not null && opening.Manifest.Sinks.TryGetValue(name, out SortedDictionary<int, byte[]>? handles))
            handle = handles.GetValueOrDefault(context.Instance);
        _writer = await sink.OpenAsync(
            new SinkContext(context.Pipeline, name, context.Instance, opening.Epoch, handle, opening.Generation, context.Clock), cancellation);
    }

    public override void OnChunk(in Chunk<T> chunk)
    {
        _writer!.Write(chunk);
        if (_writer.IsFull)
            context.Yield();
    }

    public override void OnWatermark(long watermark)
    {
    }

    public ValueTask FlushAsync(CancellationToken cancellation) => _writer!.FlushAsync(cancellation);

    public async ValueTask OnBarrierAsync(EpochReport report, CancellationToken cancellation)
    {
        SinkWriter<T> writer = _writer!;
        PreparedOutput output = await writer.PrepareAsync(report.Epoch, cancellation);
        report.Sinks.Add(new SinkReport(name, context.Instance, output));
        report.Committed.Add(token => writer.CommitAsync(report.Epoch, output.Handle, token));
    }

    public async ValueTask CloseAsync()
    {
        if (_writer is not null)
            await _writer.DisposeAsync();
    }
}
