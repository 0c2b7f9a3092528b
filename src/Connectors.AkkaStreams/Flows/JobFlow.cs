using ActorStreams.Actors.Turns;
using ActorStreams.Authoring;
using ActorStreams.Connectors.AkkaStreams.Bridges;
using Akka.Actor;
using Akka.Streams;
using Akka.Streams.Stage;

namespace ActorStreams.Connectors.AkkaStreams.Flows;

/// <summary>A job as a stage of a graph: starts with it and ends with it.</summary>
/// <remarks>
/// Elements in go to the job's source, those of the job's sink go out. Completion: the job reads what has come, gives what follows from it,
/// and the stage completes. A failure before the stage, or of the job, fails what is behind it; a cancellation behind it stops the job;
/// both cancel what is before it.
/// </remarks>
internal sealed class JobFlow<TIn, TOut>(Func<Source<TIn>, Sink<TOut>, Pipeline> build, Store? store, JobOptions options, int bufferRows)
    : GraphStageWithMaterializedValue<FlowShape<TIn, TOut>, Task<Job>>
{
    private readonly Inlet<TIn> _in = new("actorstreams.in");
    private readonly Outlet<TOut> _out = new("actorstreams.out");

    public override FlowShape<TIn, TOut> Shape => new(_in, _out);

    public override ILogicAndMaterializedValue<Task<Job>> CreateLogicAndMaterializedValue(Attributes inheritedAttributes)
    {
        var started = new TaskCompletionSource<Job>(TaskCreationOptions.RunContinuationsAsynchronously);
        return new LogicAndMaterializedValue<Task<Job>>(new Logic(this, started), started.Task);
    }

    private Store? Store => store;

    private JobOptions Options => options;

    private Pipeline Build(Source<TIn> source, Sink<TOut> sink) => build(source, sink);

    private int BufferRows => bufferRows;

    private sealed class Logic : InAndOutGraphStageLogic
    {
        private readonly JobFlow<TIn, TOut> _stage;
        private readonly TaskCompletionSource<Job> _started;
        private readonly RowRing<TIn> _taken;
        private readonly RowRing<TOut> _given;
        private readonly TurnScheduler _turns = new(TurnScheduler.OnPool);
        private readonly CancellationTokenSource _starting = new();
        private readonly PushedRows<TIn> _pushed;
        private readonly Action _give;
        private Job? _job;
        private bool _isEnding;
        private bool _isOver;

        public Logic(JobFlow<TIn, TOut> stage, TaskCompletionSource<Job> started)
            : base(stage.Shape)
        {
            (_stage, _started) = (stage, started);
            (_taken, _given) = (new RowRing<TIn>(stage.BufferRows), new RowRing<TOut>(stage.BufferRows));
            (_pushed, _give) = (new PushedRows<TIn>(_taken, GetAsyncCallback, PullIfRoom), GetAsyncCallback(Give));
            SetHandler(stage._in, this);
            SetHandler(stage._out, this);
        }

        public override void PreStart()
        {
            SetKeepGoing(true);
            _turns.Bind(GetStageActor(_ => _turns.TakeTurn()).Ref);
            _taken.OnClosed(GetAsyncCallback(EndInput));
            _given.WaitForRows(_give);
            ActorSystem system = ((ActorMaterializer)Materializer).System;
            _ = Task.Factory.StartNew(() => RunAsync(system), CancellationToken.None, TaskCreationOptions.DenyChildAttach, _turns).Unwrap();
            Pull(_stage._in);
        }

        public override void OnPush()
        {
            if (_pushed.Add(Grab(_stage._in)))
                Pull(_stage._in);
        }

        public override void OnPull() => Give();

        public override void OnUpstreamFinish() => _taken.EndWith(null);

        public override void OnUpstreamFailure(Exception e)
        {
            Fail(_stage._out, e);
            EndJob();
        }

        public override void OnDownstreamFinish(Exception cause)
        {
            if (!IsClosed(_stage._in))
                Cancel(_stage._in, cause);
            EndJob();
        }

        /// <summary>The graph was stopped from outside, or the job has ended.</summary>
        public override void PostStop()
        {
            EndJob();
            _turns.Stop();
            _started.TrySetCanceled();
        }

        /// <summary>The job's life, in turns of the stage.</summary>
        private async Task RunAsync(ActorSystem system)
        {
            Exception? failure = null;
            try
            {
                Pipeline pipeline = _stage.Build(new FlowSource<TIn>(_taken), new FlowSink<TOut>(_given, _stage.Store is not null));
                JobOptions options = _stage.Options.Place is null ? _stage.Options with { System = system } : _stage.Options;
                _job = await Job.StartAsync(pipeline, _stage.Store, options, _starting.Token);
                _started.TrySetResult(_job);
                if (_isEnding)
                    EndJob();
                await _job.Completion;
            }
            catch (Exception error)
            {
                failure = error;
                _started.TrySetException(error);
            }

            if (_job is not null)
                await _job.DisposeAsync();
            _isOver = true;
            _given.EndWith(failure);
            if (!_turns.IsStopped)
                Give();
        }

        /// <summary>Nobody wants what the job gives. Its input does not end by that: what is open stays open for the next
        /// materialisation.</summary>
        private void EndJob()
        {
            _isEnding = true;
            _given.Close();
            if (_isOver)
                return;
            if (_job is null)
                Core.Exchange.Cancellation.Now(_starting);
            else if (_stage.Store is null)
                _ = _job.DisposeAsync().AsTask();
            else
                _ = StopAsync(_job);
        }

        private static async Task StopAsync(Job job)
        {
            try
            {
                await job.StopAsync();
            }
            catch (Exception)
            {
                // whoever would want to know has cancelled
            }
        }

        private void PullIfRoom()
        {
            if (!IsClosed(_stage._in) && !HasBeenPulled(_stage._in))
                Pull(_stage._in);
        }

        /// <summary>The job wants no more: it is being drained.</summary>
        private void EndInput()
        {
            if (!IsClosed(_stage._in))
                Cancel(_stage._in);
            _taken.EndWith(null);
        }

        private void Give()
        {
            if (IsClosed(_stage._out))
            {
                if (_isOver)
                    CompleteStage();
                return;
            }

            if (IsAvailable(_stage._out) && _given.TryRead(out TOut? row))
            {
                Push(_stage._out, row);
                _given.TellRead();
            }

            if (_given.IsOver(out Exception? error))
            {
                if (error is null)
                    CompleteStage();
                else
                    FailStage(error);
            }
            else if (!_given.HasRows)
            {
                _given.WaitForRows(_give);
            }
        }
    }
}
