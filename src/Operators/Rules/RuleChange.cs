namespace ActorStreams;

/// <summary>A rule comes, becomes another, or goes. Changes are rows like any other: of a topic, a file, a table's changes.</summary>
/// <param name="Id">Which rule; letters matter by case.</param>
/// <param name="Version">Larger than that of the rule's last change: a change that is not newer has no effect, so that a stream that
/// repeats changes does no harm.</param>
/// <param name="Pattern">What the rule looks for, as text; null: the rule goes.</param>
/// <example><code>
/// RuleChange.Put("guessed", 1, "fail{3} consecutive notFollowedBy success within 10 min")
/// </code></example>
public sealed record RuleChange(string Id, long Version, string? Pattern)
{
    /// <summary>The rule comes, or becomes what the text says.</summary>
    public static RuleChange Put(string id, long version, string pattern)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        return new RuleChange(id, version, pattern);
    }

    /// <summary>The rule goes, with all its partial matches. Its id and version are remembered.</summary>
    public static RuleChange Remove(string id, long version) => new(id, version, null);
}
