namespace ActorStreams.Cluster.Links;

/// <summary>Where a node listens for links.</summary>
/// <param name="Host">A name or an address.</param>
/// <param name="Port">The port; 0, when listening: any that is free.</param>
internal sealed record LinkAddress(string Host, int Port)
{
    public override string ToString() => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}

/// <summary>Carries bytes between nodes: sockets, or the network of a simulation.</summary>
internal interface ILinkNetwork
{
    /// <exception cref="JobException">The address cannot be listened on, or must not be, as configured.</exception>
    ILinkListener Listen(LinkAddress address);

    /// <summary>Connects with a node that listens.</summary>
    /// <exception cref="IOException">Nobody listens there.</exception>
    /// <exception cref="JobException">The address must not be dialled, as configured.</exception>
    ValueTask<ILinkLine> DialAsync(LinkAddress address, CancellationToken cancellation);
}

/// <summary>A port that is listened on.</summary>
internal interface ILinkListener : IAsyncDisposable
{
    /// <summary>The address, with the port that was free.</summary>
    LinkAddress Address { get; }

    /// <summary>The next connection, about which nothing is known yet.</summary>
    /// <exception cref="OperationCanceledException">The listener was disposed of.</exception>
    ValueTask<ILinkLine> AcceptAsync(CancellationToken cancellation);
}

/// <summary>A connection: bytes in order, in both directions, until it breaks.</summary>
internal interface ILinkLine : IAsyncDisposable
{
    /// <summary>Whether the other side is trusted is found out here, before anything else.</summary>
    /// <exception cref="LinkSecurityException">It is not.</exception>
    /// <exception cref="IOException">The connection broke.</exception>
    ValueTask OpenAsync(CancellationToken cancellation);

    /// <summary>Receives some bytes; none: the other side has closed the connection. Ends with an exception when the connection breaks, or
    /// is disposed of.</summary>
    ValueTask<int> ReceiveAsync(Memory<byte> room);

    /// <summary>Sends all of the bytes; complete once they may be overwritten. Ends with an exception when the connection breaks, or is
    /// disposed of.</summary>
    ValueTask SendAsync(ReadOnlyMemory<byte> bytes);

    /// <summary>Nothing more is sent; what the other side says can still be received.</summary>
    ValueTask FinishAsync();
}

/// <summary>The other side of a connection is not trusted, or does not trust this one.</summary>
internal sealed class LinkSecurityException(string message, Exception? cause = null) : Exception(message, cause);
