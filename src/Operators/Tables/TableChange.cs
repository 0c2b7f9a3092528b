using System.Runtime.InteropServices;

namespace ActorStreams;

/// <summary>What happened to the value of a key: it came, it was replaced, or it went.</summary>
/// <param name="Key">The key.</param>
/// <param name="HadBefore">Whether the key had a value before.</param>
/// <param name="Before">That value; default if there was none.</param>
/// <param name="HasAfter">Whether the key has a value now.</param>
/// <param name="After">That value; default if there is none.</param>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="TValue">The value.</typeparam>
[ChangelogRow(ChangelogMode.Retract)]
[StructLayout(LayoutKind.Auto)]
public readonly record struct TableChange<TKey, TValue>(TKey Key, bool HadBefore, TValue? Before, bool HasAfter, TValue? After)
{
    /// <summary>The key had no value and has one now.</summary>
    public bool IsInsert => !HadBefore && HasAfter;

    /// <summary>The key had a value and has another now.</summary>
    public bool IsUpdate => HadBefore && HasAfter;

    /// <summary>The key had a value and has none now.</summary>
    public bool IsDelete => HadBefore && !HasAfter;
}

/// <summary>A key with its value: a row of a table.</summary>
/// <param name="Key">The key.</param>
/// <param name="Value">The value.</param>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="TValue">The value.</typeparam>
[StructLayout(LayoutKind.Auto)]
public readonly record struct TableRow<TKey, TValue>(TKey Key, TValue Value);
