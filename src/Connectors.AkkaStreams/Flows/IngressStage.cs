using ActorStreams.Core.Sources;
using Akka.Streams;
using Akka.Streams.Stage;

namespace ActorStreams.Connectors.AkkaStreams.Flows;

/// <summary>The end of a graph: its elements are told to a job.</summary>
internal sealed class IngressStage<T>(Ingress<T> ingress, bool completes) : GraphStageWithMaterializedValue<SinkShape<T>, Task<long>>
{
    private readonly Inlet<T> _in = new("actorstreams.in");

    public override SinkShape<T> Shape => new(_in);

    public override ILogicAndMaterializedValue<Task<long>> CreateLogicAndMaterializedValue(Attributes inheritedAttributes)
    {
        var durable = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        return new LogicAndMaterializedValue<Task<long>>(new Logic(this, durable), durable.Task);
    }

    private Ingress<T> Ingress => ingress;

    private bool Completes => completes;

    private sealed class Logic : InGraphStageLogic
    {
        private readonly IngressStage<T> _stage;
        private readonly TaskCompletionSource<long> _durable;
        private readonly IngressWriter _writer;
        private readonly CancellationTokenSource _stopped = new();
        private readonly Action<Task> _onRoom;
        private readonly Action _handWaiting;
        private T _waiting = default!;
        private bool _isWaiting;
        private bool _isFinished;
        private long _handed;

        public Logic(IngressStage<T> stage, TaskCompletionSource<long> durable)
            : base(stage.Shape)
        {
            (_stage, _durable, _writer) = (stage, durable, stage.Ingress.OpenWriter());
            _handWaiting = GetAsyncCallback(HandWaiting);
            _onRoom = _ => _handWaiting();
            SetHandler(stage._in, this);
        }

        public override void PreStart()
        {
            SetKeepGoing(true);
            Action<Task> ended = GetAsyncCallback<Task>(OnEnded);
            _ = _writer.Ended.ContinueWith(
                ended, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            Pull(_stage._in);
        }

        public override void OnPush()
        {
            (_waiting, _isWaiting) = (Grab(_stage._in), true);
            HandWaiting();
        }

        public override void OnUpstreamFinish()
        {
            _isFinished = true;
            if (!_isWaiting)
                Finish();
        }

        public override void OnUpstreamFailure(Exception e) => End(e);

        public override void PostStop()
        {
            Core.Exchange.Cancellation.Now(_stopped);
            _stage.Ingress.CloseWriter(_writer);
            _durable.TrySetException(new AbruptStageTerminationException(this));
        }

        private void HandWaiting()
        {
            if (!_isWaiting)
                return;
            try
            {
                if (!_stage.Ingress.TryHand(_waiting, _writer))
                {
                    _ = _stage.Ingress.RoomAsync(_stopped.Token).ContinueWith(
                        _onRoom, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
                    return;
                }
            }
            catch (Exception refused)
            {
                End(refused);
                return;
            }

            (_waiting, _isWaiting) = (default!, false);
            _handed++;
            if (_isFinished)
                Finish();
            else
                Pull(_stage._in);
        }

        /// <summary>All rows are told: what is left is to wait until they are durable.</summary>
        private void Finish()
        {
            _stage.Ingress.CloseWriter(_writer);
            if (_stage.Completes)
                _stage.Ingress.Complete();
        }

        private void OnEnded(Task ended)
        {
            if (ended.Exception is { InnerException: { } error })
            {
                End(error);
                return;
            }

            _durable.TrySetResult(_handed);
            CompleteStage();
        }

        private void End(Exception error)
        {
            _durable.TrySetException(error);
            FailStage(error);
        }
    }
}
