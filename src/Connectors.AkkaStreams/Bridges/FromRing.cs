using Akka.Streams;
using Akka.Streams.Stage;

namespace ActorStreams.Connectors.AkkaStreams.Bridges;

/// <summary>The beginning of a graph: its elements are read from a ring.</summary>
internal sealed class FromRing<T>(RowRing<T> ring, TaskCompletionSource stopped) : GraphStage<SourceShape<T>>
{
    private readonly Outlet<T> _out = new("actorstreams.out");

    public override SourceShape<T> Shape => new(_out);

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this);

    private RowRing<T> Ring => ring;

    /// <summary>Completes when the stage has stopped.</summary>
    private TaskCompletionSource Stopped => stopped;

    private sealed class Logic : OutGraphStageLogic
    {
        private readonly FromRing<T> _stage;
        private readonly RowRing<T> _ring;
        private readonly Action _go;

        public Logic(FromRing<T> stage)
            : base(stage.Shape)
        {
            (_stage, _ring) = (stage, stage.Ring);
            _go = GetAsyncCallback(Give);
            SetHandler(stage._out, this);
        }

        public override void PreStart()
        {
            _ring.OnEnded(_go);
            _ring.WaitForRows(_go);
        }

        public override void OnPull() => Give();

        public override void OnDownstreamFinish(Exception cause)
        {
            _ring.Close(cause is SubscriptionWithCancelException.NonFailureCancellation ? null : cause);
            base.OnDownstreamFinish(cause);
        }

        public override void PostStop()
        {
            if (!_ring.IsOver(out _))
                _ring.Close(new AbruptStageTerminationException(this));
            _stage.Stopped.TrySetResult();
        }

        private void Give()
        {
            bool isAsked = IsAvailable(_stage._out);
            if (isAsked && _ring.TryRead(out T? row))
            {
                Push(_stage._out, row);
                _ring.TellRead();
                isAsked = false;
            }

            if (_ring.IsOver(out Exception? error))
            {
                Finish(error);
                return;
            }

            if (isAsked)
                _ring.Ask();
            if (!_ring.HasRows)
                _ring.WaitForRows(_go);
        }

        private void Finish(Exception? error)
        {
            if (error is null)
                Complete(_stage._out);
            else
                Fail(_stage._out, error);
        }
    }
}
