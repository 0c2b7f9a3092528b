using Akka.Streams;
using Akka.Streams.Stage;

namespace ActorStreams.Connectors.AkkaStreams.Bridges;

/// <summary>The end of a graph: its elements are written to a ring. Asks for an element only while there is room.</summary>
internal sealed class IntoRing<T>(RowRing<T> ring, TaskCompletionSource stopped) : GraphStage<SinkShape<T>>
{
    private readonly Inlet<T> _in = new("actorstreams.in");

    public override SinkShape<T> Shape => new(_in);

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this);

    /// <summary>Completes when the stage has stopped.</summary>
    private TaskCompletionSource Stopped => stopped;

    private RowRing<T> Ring => ring;

    private sealed class Logic : InGraphStageLogic
    {
        private readonly IntoRing<T> _stage;
        private readonly RowRing<T> _ring;
        private readonly PushedRows<T> _pushed;

        public Logic(IntoRing<T> stage)
            : base(stage.Shape)
        {
            (_stage, _ring) = (stage, stage.Ring);
            _pushed = new PushedRows<T>(_ring, GetAsyncCallback, PullIfRoom);
            SetHandler(stage._in, this);
        }

        public override void PreStart()
        {
            _ring.OnClosed(GetAsyncCallback(CompleteStage));
            Pull(_stage._in);
        }

        public override void OnPush()
        {
            if (_pushed.Add(Grab(_stage._in)))
                Pull(_stage._in);
        }

        public override void OnUpstreamFinish()
        {
            _ring.EndWith(null);
            CompleteStage();
        }

        public override void OnUpstreamFailure(Exception e)
        {
            _ring.EndWith(e);
            FailStage(e);
        }

        public override void PostStop()
        {
            _ring.EndWith(_ring.IsClosed ? null : new AbruptStageTerminationException(this));
            _stage.Stopped.TrySetResult();
        }

        private void PullIfRoom()
        {
            if (!_ring.IsClosed && !IsClosed(_stage._in) && !HasBeenPulled(_stage._in))
                Pull(_stage._in);
        }
    }
}
