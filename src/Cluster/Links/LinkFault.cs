namespace ActorStreams.Cluster.Links;

/// <summary>Why a connection was refused, or ended before its end. The numbers are on the wire.</summary>
internal enum LinkFaultKind : byte
{
    None,

    /// <summary>Bytes that are no frame.</summary>
    NoFrame,

    /// <summary>A checksum does not match.</summary>
    Checksum,

    /// <summary>A kind of frame that is not known, or comes where it must not.</summary>
    UnknownFrame,

    /// <summary>A frame longer than allowed, or of a length that its content contradicts.</summary>
    Length,

    /// <summary>No version that both sides speak.</summary>
    Version,

    /// <summary>Another job, or another node, was meant.</summary>
    Address,

    /// <summary>The attempt is over, or its connection was there before.</summary>
    Attempt,

    /// <summary>The attempt has not begun here yet: dialling again may help.</summary>
    NotYet,

    /// <summary>The two sides do not have the same lanes.</summary>
    Lanes,

    /// <summary>A frame of a lane is missing, or came twice.</summary>
    Gap,

    /// <summary>More was sent, or more credit was given, than is allowed.</summary>
    Credit,

    /// <summary>Rows that cannot be read.</summary>
    Rows,

    /// <summary>Nothing was heard for too long.</summary>
    Silence,

    /// <summary>The connection broke, or was closed by the other side before its end.</summary>
    Broken,

    /// <summary>No TLS, or a certificate that is not trusted.</summary>
    Security,

    /// <summary>Too many connections that have not said who they are.</summary>
    Crowded,
}

/// <summary>Why a connection was refused, or ended before its end.</summary>
/// <param name="Kind">The reason, by which it is counted.</param>
/// <param name="Text">What happened and what to do, in sentences.</param>
internal sealed record LinkFault(LinkFaultKind Kind, string Text);
