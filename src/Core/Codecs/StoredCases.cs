namespace ActorStreams;

/// <summary>The closed set of concrete types that an abstract record, an abstract class or an interface stands for.</summary>
/// <remarks>
/// A value is stored as the number of its case; the schema beside the data maps numbers to names (the type's simple name, or its
/// <see cref="StoredNameAttribute"/>), so cases may be added, reordered and, with <see cref="FormerNameAttribute"/>, renamed.
/// Only types of this list are ever created from stored data.
/// <code>
/// [StoredCases(typeof(Charged), typeof(Refused))]
/// public abstract record AccountEvent;
/// </code>
/// </remarks>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Interface, Inherited = false)]
public sealed class StoredCasesAttribute(params Type[] cases) : Attribute
{
    /// <summary>The cases.</summary>
    public IReadOnlyList<Type> Cases { get; } = cases;
}
