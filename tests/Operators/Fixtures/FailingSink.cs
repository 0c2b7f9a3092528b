using ActorStreams.Authoring;

namespace ActorStreams.Operators.Tests.Fixtures;

/// <summary>A sink that fails to close, and to write if told so.</summary>
internal sealed class FailingSink(bool onWrite) : Sink<int>
{
    public override string Description => "failing";

    public override ChangelogMode Changelog => ChangelogMode.Retract;

    public override SinkGuarantee Guarantee => SinkGuarantee.AtLeastOnce;

    public override int MaxParallelism => 1;

    /// <summary>Writers that were asked to close.</summary>
    public int Closed { get; private set; }

    public override ValueTask<SinkWriter<int>> OpenAsync(SinkContext context, CancellationToken cancellation) =>
        new(new Writer(this, onWrite));

    private sealed class Writer(FailingSink sink, bool onWrite) : SinkWriter<int>
    {
        public override void Write(in Chunk<int> chunk)
        {
            if (onWrite)
                throw new InvalidOperationException("cannot write");
        }

        public override async ValueTask DisposeAsync()
        {
            await base.DisposeAsync();
            sink.Closed++;
            throw new InvalidOperationException("cannot close");
        }
    }
}
