namespace ActorStreams;

/// <summary>The name a field, or a case of a <see cref="StoredCasesAttribute">closed set</see>, is stored under, whatever it is called in
/// the code.</summary>
/// <remarks>On a positional record it may stand before the parameter: <c>record Order([StoredName("id")] long Number)</c>.</remarks>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property | AttributeTargets.Parameter
    | AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Interface, Inherited = false)]
public sealed class StoredNameAttribute(string name) : Attribute
{
    /// <summary>The stored name.</summary>
    public string Name { get; } = name;
}

/// <summary>A name that a field or a case was stored under before it was renamed: what was written under it is still read.</summary>
/// <remarks>Repeatable. A stored field that has the present name is preferred to one that has a former name.</remarks>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property | AttributeTargets.Parameter
    | AttributeTargets.Class | AttributeTargets.Struct, AllowMultiple = true, Inherited = false)]
public sealed class FormerNameAttribute(string name) : Attribute
{
    /// <summary>The former name.</summary>
    public string Name { get; } = name;
}

/// <summary>Leaves a field or a property out of what is stored: after a read it holds what a new object holds.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property | AttributeTargets.Parameter, Inherited = false)]
public sealed class NotStoredAttribute : Attribute;
