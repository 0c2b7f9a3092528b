using Akka.Streams;
using Akka.Streams.Stage;

namespace ActorStreams.Connectors.AkkaStreams.Bridges;

/// <summary>The end of a graph: its elements are written to a ring. Asks for an element only while there is room.</summary>
/// <remarks>The reader is woken by a call of the stage to itself, whose turn comes once the graph has handled what it can at once: it finds
/// all of these elements, not the first of them.</remarks>
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
        private readonly Action _go, _wakeReader;
        private bool _isWaking;

        public Logic(IntoRing<T> stage)
            : base(stage.Shape)
        {
            (_stage, _ring) = (stage, stage.Ring);
            (_go, _wakeReader) = (GetAsyncCallback(PullIfRoom), GetAsyncCallback(WakeReader));
            SetHandler(stage._in, this);
        }

        public override void PreStart()
        {
            _ring.OnClosed(GetAsyncCallback(CompleteStage));
            Pull(_stage._in);
        }

        public override void OnPush()
        {
            _ring.TryWrite(Grab(_stage._in));
            if (!_isWaking)
            {
                _isWaking = true;
                _wakeReader();
            }

            if (_ring.HasRoom)
                Pull(_stage._in);
            else
                _ring.WaitFor(RingNeed.Room, _go);
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

        private void WakeReader()
        {
            _isWaking = false;
            _ring.WakeReader();
        }

        private void PullIfRoom()
        {
            if (!_ring.IsClosed && !IsClosed(_stage._in) && !HasBeenPulled(_stage._in))
                Pull(_stage._in);
        }
    }
}
