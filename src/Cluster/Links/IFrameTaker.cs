namespace ActorStreams.Cluster.Links;

/// <summary>Takes the frames of a connection, one after the other. Its life, for each frame: <see cref="Begin"/>, which may refuse it
/// before anything is allocated for it; then, once all of it has come undamaged, <see cref="Complete"/>.</summary>
internal interface IFrameTaker
{
    /// <summary>A frame begins: its header is checked against what may come now, and the pieces are named that its bytes go to.</summary>
    /// <param name="header">The header.</param>
    /// <param name="body">Empty; takes pieces of <see cref="FrameHeader.Length"/> bytes together.</param>
    /// <returns>Why the frame is refused; null: it is not.</returns>
    LinkFault? Begin(in FrameHeader header, FrameBody body);

    /// <summary>All bytes of the frame have come, and their checksum is right.</summary>
    /// <returns>Why the frame is refused; null: it is not.</returns>
    LinkFault? Complete(in FrameHeader header);
}
