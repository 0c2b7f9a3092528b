namespace ActorStreams;

/// <summary>A text that is not a pattern. The message says what was expected and shows the line with a caret under the place.</summary>
public sealed class PatternSyntaxException(string message, int line, int column) : ActorStreamsException(message)
{
    /// <summary>The line of the text, from 1.</summary>
    public int Line { get; } = line;

    /// <summary>The column in the line, from 1, in UTF-16 units.</summary>
    public int Column { get; } = column;
}
