using System.Globalization;
using System.Runtime.InteropServices;
using ActorStreams.Benchmarks.Harness;
using Akka.Actor;
using Akka.Configuration;

namespace ActorStreams.Benchmarks.Links;

/// <summary>Akka.Remote: an actor tells byte arrays of 1,024 rows to one in the other process, 64 of them without an answer at most, with
/// buffers and frames as large as they help. The arrays are made before, which is to its advantage.</summary>
internal sealed class RemoteTell : ILinkSide
{
    private const int Credit = 64;

    private static readonly byte[][] s_frames = [.. Enumerable.Range(0, LinkRows.CycleRows / LinkRows.FrameRows).Select(number =>
        MemoryMarshal.AsBytes(LinkRows.Cycle.AsSpan(number * LinkRows.FrameRows, LinkRows.FrameRows)).ToArray())];

    private readonly ActorSystem _system = ActorSystem.Create("remote", ConfigurationFactory.ParseString("""
        akka {
          loglevel = WARNING
          stdout-loglevel = WARNING
          coordinated-shutdown.run-by-clr-shutdown-hook = off
          actor.provider = remote
          remote.dot-netty.tcp {
            hostname = "127.0.0.1"
            port = 0
            maximum-frame-size = 4000000b
            send-buffer-size = 4000000b
            receive-buffer-size = 4000000b
          }
        }
        """));

    private IActorRef _receiver = ActorRefs.Nobody;
    private IActorRef _sender = ActorRefs.Nobody;
    private TaskCompletionSource<Outcome> _done = new();
    private long _rows;

    public string Listen()
    {
        _receiver = _system.ActorOf(Props.Create(() => new Receiver(this)), "receiver");
        return ((ExtendedActorSystem)_system).Provider.DefaultAddress.Port!.Value.ToString(CultureInfo.InvariantCulture);
    }

    public Task<Outcome> ReceiveAsync(long rows, int run)
    {
        (_rows, _done) = (rows, new TaskCompletionSource<Outcome>(TaskCreationOptions.RunContinuationsAsynchronously));
        return _done.Task;
    }

    public async Task ConnectAsync(string address, int run)
    {
        _receiver = await _system.ActorSelection($"akka.tcp://remote@127.0.0.1:{address}/user/receiver")
            .ResolveOne(TimeSpan.FromSeconds(20));
        _sender = _system.ActorOf(Props.Create(() => new Sender(_receiver)));
    }

    public Task SendAsync(long rows)
    {
        _sender.Tell(rows / LinkRows.FrameRows);
        return Task.CompletedTask;
    }

    public Task CloseAsync()
    {
        _system.Stop(_sender);
        return Task.CompletedTask;
    }

    private sealed class Sender(IActorRef receiver) : UntypedActor
    {
        private long _frames, _sent, _answered;

        protected override void OnReceive(object message)
        {
            if (message is long frames)
                _frames = frames;
            else
                _answered += (int)message;
            for (; _sent < _frames && _sent - _answered < Credit; _sent++)
                receiver.Tell(s_frames[_sent % s_frames.Length], Self);
        }
    }

    private sealed class Receiver(RemoteTell side) : UntypedActor
    {
        private const int AnswerEvery = 16;
        private Outcome _outcome;
        private int _unanswered;

        protected override void OnReceive(object message)
        {
            if (message is not byte[] frame)
                return;
            _outcome += LinkRows.Digest(MemoryMarshal.Cast<byte, LinkRow>(frame));
            if (++_unanswered == AnswerEvery)
            {
                Sender.Tell(AnswerEvery);
                _unanswered = 0;
            }

            if (_outcome.Count == side._rows)
            {
                side._done.TrySetResult(_outcome);
                (_outcome, _unanswered) = (default, 0);
            }
        }
    }
}
