using ActorStreams.Core.Exchange;

namespace ActorStreams.Cluster.Links;

/// <summary>Runs one end of a link over a connection, in turns of a place: receives, sends, and lets time pass.</summary>
/// <remarks>It ends when all is said and the other side has closed, or a second after the session has ended: nobody waits for a side that
/// is not there. Whatever is thrown on the way fails the link, and is told: a mistake of ours ends an attempt, too.</remarks>
internal sealed class LinkRun(LinkSession session, ILinkLine line, LinkLimits limits, TimeProvider clock)
{
    /// <summary>How often the connection may have bytes at once before what the place was told gets its turn: credit, above all.</summary>
    private const int ReceivesPerTurn = 16;

    private static readonly TimeSpan s_goodbye = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _over = new();
    private BlobWriter _writer = new(64 * 1024);

    /// <summary>Runs until the connection is closed. To be called in a turn of the place.</summary>
    public async Task RunAsync()
    {
        using (_over)
        {
            if (await OpenAsync())
            {
                Task reading = ReadAsync(), ticking = TickAsync();
                await WriteAsync();
                if (session.IsAbandoned)
                    await line.DisposeAsync();
                await reading;
                Cancellation.Now(_over);
                await ticking;
            }

            await line.DisposeAsync();
        }
    }

    private async Task<bool> OpenAsync()
    {
        using var within = new CancellationTokenSource(limits.Handshake, clock);
        try
        {
            await line.OpenAsync(within.Token);
            return true;
        }
        catch (LinkSecurityException error)
        {
            session.Fail(new LinkFault(LinkFaultKind.Security, error.Message), tell: false);
        }
        catch (OperationCanceledException)
        {
            session.Fail(new LinkFault(LinkFaultKind.Silence, $"The TLS handshake took longer than {limits.Handshake.TotalSeconds:0.#} s."),
                tell: false);
        }
        catch (Exception error)
        {
            session.Broke(error);
        }

        return false;
    }

    private async Task ReadAsync()
    {
        try
        {
            int count, atOnce = 0;
            do
            {
                ValueTask<int> receiving = line.ReceiveAsync(session.Room);
                bool isAtOnce = receiving.IsCompleted;
                count = await receiving;
                session.Received(count);
                if (isAtOnce && ++atOnce == ReceivesPerTurn)
                {
                    atOnce = 0;
                    await Task.Yield();
                }
            }
            while (count > 0);
        }
        catch (Exception error)
        {
            session.Broke(error);
        }
    }

    private async Task WriteAsync()
    {
        try
        {
            while (true)
            {
                _writer.Clear();
                if (session.Fill(_writer))
                {
                    await line.SendAsync(_writer.Bytes.AsMemory(0, _writer.Length));
                    if (_writer.Length > 4 * limits.SendBytes)
                        _writer = new BlobWriter(limits.SendBytes);         // rare large rows do not keep their room
                }
                else if (session.IsOver)
                {
                    break;
                }
                else
                {
                    await session.Speaks.WaitAsync();
                }
            }

            await line.FinishAsync();
        }
        catch (Exception error)
        {
            session.Broke(error);
        }
    }

    private async Task TickAsync()
    {
        try
        {
            while (session.State < LinkState.Ended)
            {
                await Task.Delay(limits.BeatEvery / 2, clock, _over.Token);
                session.OnTick();
            }

            await Task.Delay(s_goodbye, clock, _over.Token);
        }
        catch (OperationCanceledException)
        {
            return;
        }

        await line.DisposeAsync();
    }
}
