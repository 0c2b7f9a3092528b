namespace ActorStreams;

/// <summary>What the rows of a stream may say of earlier rows, and what a sink can do about it. Each can take what the ones before it
/// give.</summary>
public enum ChangelogMode
{
    /// <summary>Every row is new; none is ever taken back.</summary>
    InsertOnly,

    /// <summary>Rows replace and delete rows by key: <see cref="Upsert{TKey, T}"/>.</summary>
    Upsert,

    /// <summary>Rows are added and taken away, one by one: <see cref="Change{T}"/>.</summary>
    Retract,
}

/// <summary>Marks a row type whose rows say something of earlier ones.</summary>
[AttributeUsage(AttributeTargets.Struct)]
internal sealed class ChangelogRowAttribute(ChangelogMode mode) : Attribute
{
    public ChangelogMode Mode { get; } = mode;

    /// <summary>What rows of a type may say, as far as the type tells.</summary>
    public static ChangelogMode ModeOf(Type row) =>
        GetCustomAttribute(row, typeof(ChangelogRowAttribute)) is ChangelogRowAttribute marked ? marked.Mode : ChangelogMode.InsertOnly;
}
