using ActorStreams.Core.Exchange;
using ActorStreams.Core.Sources;
using ActorStreams.Core.Storage;

namespace ActorStreams.Core.Sinks;

/// <summary>One writer of a sink, at the end of a chain.</summary>
internal sealed class SinkPart<T>(string name, Sink<T> sink, StageContext context, int writers, OperatorErrors errors) : Receiver<T>,
    IEpochPart, ISinkPart, IHolder
{
    private SinkWriter<T>? _writer;
    private volatile string? _doing;
    private long _since;

    public string HolderName => name;

    public (string What, long Since)? Holding => _doing is { } doing ? (doing, Volatile.Read(ref _since)) : null;

    public bool IsFull => _writer!.IsFull;

    public async ValueTask OpenAsync(StageOpening opening, CancellationToken cancellation)
    {
        SortedDictionary<int, byte[]> handles = opening.Manifest?.Sinks.GetValueOrDefault(name) ?? [];
        _writer = await OpenAsync(opening, context.Instance, handles.GetValueOrDefault(context.Instance), cancellation);
        if (context.Instance != 0)
            return;

        // The job had more writers: what those prepared is committed by opening them once more.
        foreach ((int writer, byte[] handle) in handles)
        {
            if (writer >= writers)
                await (await OpenAsync(opening, writer, handle, cancellation)).DisposeAsync();
        }
    }

    private async ValueTask<SinkWriter<T>> OpenAsync(StageOpening opening, int writer, byte[]? handle, CancellationToken cancellation)
    {
        try
        {
            return await sink.OpenAsync(
                new SinkContext(context.Pipeline, name, writer, opening.Epoch, handle, opening.Generation,
                    context.Clock)
                { Store = opening.Store, EpochInterval = context.EpochInterval }, cancellation);
        }
        catch (Exception error) when (OperatorFailure.IsUnnamed(error))
        {
            throw Named(error);
        }
    }

    public override void OnChunk(in Chunk<T> chunk)
    {
        Chunk<T> rest = chunk;
        while (rest.Count > 0)
        {
            try
            {
                _writer!.Write(rest);
                break;
            }
            catch (RefusedRowException refused)
            {
                int row = refused.Row;
                errors.OnRow(refused, rest.Rows[row], rest.Times[row], rest.PositionOf(row));
                rest = rest.Slice(row + 1, rest.Count - row - 1);
            }
            catch (Exception error) when (OperatorFailure.IsUnnamed(error))
            {
                throw Named(error);
            }
        }

        if (_writer!.IsFull)
            context.Yield();
    }

    public override void OnWatermark(long watermark) => _writer!.OnWatermark(watermark);

    public async ValueTask FlushAsync(CancellationToken cancellation)
    {
        Begin("has been full, and writing out,");
        try
        {
            await _writer!.FlushAsync(cancellation);
        }
        catch (Exception error) when (OperatorFailure.IsUnnamed(error))
        {
            throw Named(error);
        }
        finally
        {
            _doing = null;
        }
    }

    private void Begin(string what)
    {
        Volatile.Write(ref _since, SourceClockwork.Now(context.Clock));
        _doing = what;
    }

    public async ValueTask OnBarrierAsync(EpochReport report, CancellationToken cancellation)
    {
        SinkWriter<T> writer = _writer!;
        PreparedOutput output;
        Begin("has been preparing its part");
        try
        {
            output = await writer.PrepareAsync(report.Epoch, cancellation);
        }
        catch (Exception error) when (OperatorFailure.IsUnnamed(error))
        {
            throw Named(error);
        }
        finally
        {
            _doing = null;
        }

        report.Sinks.Add(new SinkReport(name, context.Instance, output));
        report.Committed.Add(token => CommitAsync(writer, report.Epoch, output, token));
    }

    private async ValueTask CommitAsync(SinkWriter<T> writer, long epoch, PreparedOutput output, CancellationToken cancellation)
    {
        Begin("has been committing its part");
        try
        {
            await writer.CommitAsync(epoch, output.Handle, cancellation);
        }
        catch (Exception error) when (OperatorFailure.IsUnnamed(error))
        {
            throw Named(error);
        }
        finally
        {
            _doing = null;
        }
    }

    private ActorStreamsException Named(Exception error) => OperatorFailure.Named(error, context.Pipeline, "sink", name);

    public async ValueTask CloseAsync()
    {
        if (_writer is not null)
            await _writer.DisposeAsync();
    }
}
