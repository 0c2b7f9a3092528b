using System.Runtime.ExceptionServices;

namespace ActorStreams.TestKit;

/// <summary>Takes the steps of a simulation on a thread of its own, as long as there are any, while a test works with it from outside. Time
/// does not pass by itself.</summary>
internal sealed class SimulationPump
{
    /// <summary>How long a test waits, by the machine's clock, until nothing is left to do at one instant.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    private readonly SimulationLoop _loop;
    private readonly OutsideWork _outside;
    private readonly Thread _thread;
    private bool _isIdle;
    private bool _isStopped;
    private Exception? _failure;

    public SimulationPump(SimulationLoop loop, OutsideWork outside)
    {
        (_loop, _outside) = (loop, outside);
        _thread = new Thread(Work) { IsBackground = true, Name = "ActorStreams test" };
    }

    /// <summary>The calling thread is the one that takes the steps.</summary>
    public bool IsCurrent => Thread.CurrentThread == _thread;

    public void Start() => _thread.Start();

    /// <summary>The ActorSystem has terminated: no more steps come.</summary>
    public void Stop()
    {
        lock (_outside.Gate)
        {
            _isStopped = true;
            Monitor.PulseAll(_outside.Gate);
        }
    }

    /// <summary>Waits until nothing is left to do at this instant.</summary>
    /// <exception cref="SimulationException">There is always more to do.</exception>
    public void AwaitIdle()
    {
        lock (_outside.Gate)
        {
            while (!_isStopped && _failure is null && !(_isIdle && _outside.Count == 0))
            {
                if (!Monitor.Wait(_outside.Gate, s_patience))
                    throw _loop.Failed($"There was something to do for {s_patience} without time passing: something runs in a circle, or blocks");
            }
        }

        if (_failure is not null)
            ExceptionDispatchInfo.Throw(_failure);
    }

    /// <summary>Does something as a step of the simulation, and waits until nothing is left to do.</summary>
    public void Do(Action step)
    {
        _outside.Bring(_loop.SystemProcess, new Akka.Dispatch.ActionRunnable(step));
        AwaitIdle();
    }

    private void Work()
    {
        _loop.Adopt();
        while (true)
        {
            try
            {
                _loop.RunReady();
            }
            catch (Exception error)
            {
                lock (_outside.Gate)
                {
                    _failure ??= error;
                    Monitor.PulseAll(_outside.Gate);
                }
            }

            lock (_outside.Gate)
            {
                while (_outside.Count == 0 && !_isStopped)
                {
                    _isIdle = true;
                    Monitor.PulseAll(_outside.Gate);
                    Monitor.Wait(_outside.Gate);
                }

                _isIdle = false;
                if (_isStopped)
                    return;
            }
        }
    }
}
