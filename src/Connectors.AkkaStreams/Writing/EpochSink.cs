using System.Buffers.Binary;
using System.Globalization;
using ActorStreams.Authoring;
using ActorStreams.Connectors.AkkaStreams.Bridges;
using ActorStreams.Core.Keys;
using Akka.Streams.Dsl;

namespace ActorStreams.Connectors.AkkaStreams.Writing;

/// <summary>Tells a flow each epoch once it is committed, and waits until the flow acknowledges its number.</summary>
/// <remarks>What is committed and not acknowledged is in a topic of the store, written in the epoch's own transaction: a start after a
/// crash reads it there and tells it again.</remarks>
internal sealed class EpochSink<T, TMat>(Flow<EpochRows<T>, long, TMat> flow, string? topic, TimeSpan keepFor, long maxBytesPerEpoch)
    : Sink<T>
{
    public override string Description => $"Akka.Streams flow of epochs of {typeof(T).Name}";

    public override ChangelogMode Changelog => ChangelogMode.Retract;

    public override SinkGuarantee Guarantee => SinkGuarantee.TwoPhase;

    public override int MaxParallelism => 1;

    public override async ValueTask<SinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellation)
    {
        if (context.Store is not { } store)
            throw new SinkException(
                $"Pipeline '{context.Pipeline}', sink '{context.Operator}': epochs that are not acknowledged wait in the job's store, and the job has none. " +
                $"Start it with a store, or write at least once: {nameof(AkkaSink)}.{nameof(AkkaSink.To)}.");
        var line = new EpochLine<T>(context, flow.MapMaterializedValue(static _ => Akka.NotUsed.Instance));
        try
        {
            var rows = await StagedRows<T>.OpenAsync(context, store, topic ?? NameOf(context), keepFor, maxBytesPerEpoch, cancellation);
            if (context.Handle is { } handle)
            {
                IReadOnlyList<T> staged = await rows.ReadLastAsync(BinaryPrimitives.ReadInt64LittleEndian(handle), cancellation);
                await line.TellAsync(context.CommittedEpoch, staged, isAgain: true, cancellation);
            }

            return new Writer(line, rows);
        }
        catch
        {
            await line.DisposeAsync();
            throw;
        }
    }

    /// <summary>Pipeline and sink; where that is too long for a topic, the end as a number.</summary>
    private static string NameOf(SinkContext context)
    {
        const int Longest = 64, Digits = 16;
        string name = $"{context.Pipeline}.{context.Operator}";
        return name.Length <= Longest ? name
            : string.Create(CultureInfo.InvariantCulture, $"{name[..(Longest - Digits)]}{KeyHash<string>.Stable(name):x16}");
    }

    private sealed class Writer(EpochLine<T> line, StagedRows<T> rows) : SinkWriter<T>
    {
        private volatile StagedEpoch<T>? _prepared;
        private bool _isLast;
        private volatile bool _isLastPrepared;

        public override void Write(in Chunk<T> chunk) => rows.Add(chunk);

        public override void OnWatermark(long watermark)
        {
            _isLast |= watermark == EventTime.MaxValue;
            rows.Watermark = watermark;
        }

        public override ValueTask<PreparedOutput> PrepareAsync(long epoch, CancellationToken cancellation)
        {
            _prepared = rows.Seal(epoch);
            _isLastPrepared = _isLast;                     // the commit may come when the next epoch has gone further
            return new(_prepared.Output);
        }

        public override async ValueTask CommitAsync(long epoch, byte[]? handle, CancellationToken cancellation)
        {
            if (_prepared is { } prepared && prepared.Epoch == epoch && prepared.Rows.Count > 0)
                await line.TellAsync(epoch, prepared.Rows, isAgain: false, cancellation);
            _prepared = null;
            if (_isLastPrepared)
                await line.EndAsync();
        }

        public override async ValueTask DisposeAsync()
        {
            await line.DisposeAsync();
            await base.DisposeAsync();
        }
    }
}
