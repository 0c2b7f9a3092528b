namespace ActorStreams.Core.Pipelines;

/// <summary>Where skipped rows go: one letter for each row and reason, counted on the way to the sink.</summary>
internal sealed class DeadLetterNode(StreamNode<DeadLetter> input, Sink<DeadLetter> sink)
    : SinkNode<DeadLetter>("dead-letters", input, sink)
{
    protected override Sink<DeadLetter> SinkFor(StageBuild build, Sink<DeadLetter> sink) =>
        new Counted(sink is DeadLetterTable told ? new DeadLetterTable(build.Options.DeadLetters, told) : sink, build.Options,
            build.Views.DeadLetters);

    private sealed class Counted(Sink<DeadLetter> sink, JobOptions options, DeadLetterCount count) : Sink<DeadLetter>
    {
        public override string Description => sink.Description;

        public override SinkGuarantee Guarantee => sink.Guarantee;

        public override int MaxParallelism => sink.MaxParallelism;

        public override async ValueTask<SinkWriter<DeadLetter>> OpenAsync(SinkContext context, CancellationToken cancellation) =>
            new Writer(await sink.OpenAsync(context, cancellation), options, count);
    }

    private sealed class Writer(SinkWriter<DeadLetter> writer, JobOptions options, DeadLetterCount count) : SinkWriter<DeadLetter>
    {
        private readonly LetterCopies _copies = new();
        private readonly Queue<(long Epoch, long Letters)> _prepared = new();
        private long _letters;

        public override bool IsFull => writer.IsFull;

        public override void Write(in Chunk<DeadLetter> chunk)
        {
            for (int row = 0; row < chunk.Count; row++)
            {
                if (_copies.IsCopy(chunk.Rows[row]))
                    continue;
                try
                {
                    writer.Write(chunk.Slice(row, 1));
                }
                catch (RefusedRowException refused)
                {
                    throw new RefusedRowException(row, refused.Message, refused.InnerException);
                }

                _letters++;
                count.Add(chunk.Rows[row], options);
            }
        }

        public override void OnWatermark(long watermark) => writer.OnWatermark(watermark);

        public override ValueTask FlushAsync(CancellationToken cancellation) => writer.FlushAsync(cancellation);

        public override ValueTask<PreparedOutput> PrepareAsync(long epoch, CancellationToken cancellation)
        {
            _copies.Clear();
            lock (_prepared)
                _prepared.Enqueue((epoch, _letters));
            _letters = 0;
            return writer.PrepareAsync(epoch, cancellation);
        }

        public override async ValueTask CommitAsync(long epoch, byte[]? handle, CancellationToken cancellation)
        {
            await writer.CommitAsync(epoch, handle, cancellation);
            lock (_prepared)
            {
                while (_prepared.TryPeek(out (long Epoch, long Letters) prepared) && prepared.Epoch <= epoch)
                {
                    _prepared.Dequeue();
                    count.Commit(prepared.Letters);
                }
            }
        }

        public override ValueTask DisposeAsync() => writer.DisposeAsync();
    }
}
