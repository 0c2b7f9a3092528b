namespace ActorStreams;

/// <summary>What a file sink does with a file that is not empty when the job has not committed anything to it yet.</summary>
public enum IfExists
{
    /// <summary>Refuses to start, so that nothing is overwritten by accident. The default.</summary>
    Refuse,

    /// <summary>The first committed epoch replaces the content; until then the old one stays.</summary>
    Overwrite,

    /// <summary>Rows are added behind the content, without a header row.</summary>
    Append,
}
