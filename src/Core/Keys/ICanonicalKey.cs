namespace ActorStreams;

/// <summary>A type of key with an equality of its own, and the value that stands for each key: two keys are one exactly when their
/// canonical keys are equal.</summary>
/// <remarks>
/// Keys are placed, grouped and looked up by content. Where a type overrides <see cref="object.Equals(object)"/> by hand, what it calls
/// equal is known to it alone:
/// such a type is refused as a key, also inside of tuples and records, until it declares its canonical key. <c>Equals</c> must agree with
/// it. Of equal keys,
/// results show the one that came first.
/// <code>
/// public sealed class Email(string text) : IEquatable&lt;Email&gt;, ICanonicalKey&lt;string&gt;
/// {
///     public string Text { get; } = text;
///     public string CanonicalKey => Text.ToUpperInvariant();
///     public bool Equals(Email? other) => other is not null &amp;&amp; other.CanonicalKey == CanonicalKey;
///     public override bool Equals(object? obj) => Equals(obj as Email);
///     public override int GetHashCode() => CanonicalKey.GetHashCode();
/// }
/// </code>
/// </remarks>
/// <typeparam name="TKey">What can be a key itself: text, a number, a date, a tuple or record of such.</typeparam>
public interface ICanonicalKey<out TKey>
{
    /// <summary>The value that stands for this key. Called for every row, so it must be quick, and it must always be the same.</summary>
    TKey CanonicalKey { get; }
}
