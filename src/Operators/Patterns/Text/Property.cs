using System.Globalization;

namespace ActorStreams.Operators.Patterns.Text;

/// <summary>A property of rows that the text form compares with values.</summary>
internal abstract class Property<T>(string name)
{
    public string Name { get; } = name;

    public abstract string TypeName { get; }

    /// <summary>The condition that the property equals what a text says; null if the text is no such value.</summary>
    public abstract PropertyCondition<T>? Equal(string text);

    /// <summary>Looks rules up by values of the property.</summary>
    public abstract PropertyIndex<T> NewIndex();
}

internal sealed class Property<T, TValue>(string name, Func<T, TValue?> valueOf) : Property<T>(name)
    where TValue : IParsable<TValue>
{
    public override string TypeName => typeof(TValue).Name;

    public override PropertyCondition<T>? Equal(string text)
    {
        if (!TValue.TryParse(text, CultureInfo.InvariantCulture, out TValue? value))
            return null;
        return new PropertyCondition<T, TValue>(this, text, row => EqualityComparer<TValue>.Default.Equals(valueOf(row), value), value);
    }

    public override PropertyIndex<T> NewIndex() => new PropertyIndex<T, TValue>(valueOf);
}

/// <summary>A property of the row equals a value. Its name is its text.</summary>
internal abstract class PropertyCondition<T> : SimpleCondition<T>
{
    protected PropertyCondition(Property<T> property, string text, Func<T, bool> test)
        : base(test) =>
        (Property, Name) = (property,
            $"{PatternWords.Quoted(property.Name)} = {(text.Length > 0 && text.All(char.IsAsciiDigit) ? text : PatternWords.Quoted(text))}");

    public Property<T> Property { get; }

    public override Condition<T> Named(string name) => this;
}

internal sealed class PropertyCondition<T, TValue>(Property<T> property, string text, Func<T, bool> test, TValue value)
    : PropertyCondition<T>(property, text, test)
{
    public TValue Value { get; } = value;
}
