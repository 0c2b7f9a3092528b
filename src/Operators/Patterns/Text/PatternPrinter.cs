using System.Globalization;
using System.Text;

namespace ActorStreams.Operators.Patterns.Text;

/// <summary>Writes a pattern as the text that <see cref="PatternParser{T}"/> makes the same pattern of, in one line.</summary>
internal sealed class PatternPrinter<T>
{
    private readonly StringBuilder _text = new();
    private readonly ConditionNames<T> _names;

    private PatternPrinter(Element<T>[] elements) => _names = new ConditionNames<T>(elements);

    public static string Print(PatternShape<T> shape)
    {
        var printer = new PatternPrinter<T>(shape.Elements);
        printer.Sequence(shape.Elements);
        if (shape.Within is { } within)
            printer.Word($" within {SpanText.Print(within)}");
        if (shape.Skip.Kind != SkipKind.None)
            printer.Word($" skip {Skip(shape.Skip)}");
        if (shape.MaxPartialMatches is { } limit)
            printer.Word($" max {limit} partial matches");
        return printer._text.ToString();
    }

    private static string Skip(AfterMatch strategy) => strategy.Kind switch
    {
        SkipKind.ToNext => "to next",
        SkipKind.PastLast => "past last",
        SkipKind.ToFirst => $"to first {PatternWords.Quoted(strategy.Stage!)}",
        _ => $"to last {PatternWords.Quoted(strategy.Stage!)}",
    } + (strategy.FailOnMiss ? " or fail" : "");

    private void Word(FormattableString text) => _text.Append(text.ToString(CultureInfo.InvariantCulture));

    private void Sequence(Element<T>[] elements)
    {
        foreach (Element<T> element in elements)
        {
            if (element.Contiguity != Contiguity.Begin)
                Word($" {PatternWords.Links.First(link => link.Contiguity == element.Contiguity).Word} ");
            Part(element);
        }
    }

    private void Part(Element<T> element)
    {
        if (element.Group is null)
        {
            _text.Append(PatternWords.Quoted(element.Name));
        }
        else
        {
            _text.Append('(');
            Sequence(element.Group);
            _text.Append(')');
        }

        _text.Append(Quantifier(element));
        Where(element);
        if (element.Inner != Contiguity.Relaxed)
            Word($" {(element.Inner == Contiguity.Strict ? PatternWords.Consecutive : PatternWords.Combinations)}");
        if (element.IsGreedy)
            Word($" {PatternWords.Greedy}");
        if (element.Until is not null)
        {
            Word($" {PatternWords.Until} ");
            Condition(element.Until, Binding.Or);
        }

        if (element.WithinPrevious > 0)
            Word($" within previous {SpanText.Print(element.WithinPrevious)}");
        if (element.WithinLoop > 0)
            Word($" within loop {SpanText.Print(element.WithinLoop)}");
        if (element.Within > 0)
            Word($" within each {SpanText.Print(element.Within)}");
    }

    private static string Quantifier(Element<T> element) => (element.IsQuantified, element.Min, element.Max, element.IsOptional) switch
    {
        (false, _, _, var isOptional) => isOptional ? "?" : "",
        (_, 1, null, var isOptional) => isOptional ? "*" : "+",
        (_, var min, null, var isOptional) => string.Create(CultureInfo.InvariantCulture, $"{{{min},}}") + (isOptional ? "?" : ""),
        var (_, min, max, isOptional) =>
            (min == max ? string.Create(CultureInfo.InvariantCulture, $"{{{min}}}")
            : string.Create(CultureInfo.InvariantCulture, $"{{{min},{max}}}"))
            + (isOptional ? "?" : ""),
    };

    private void Where(Element<T> element)
    {
        if (element.Group is not null)
            return;
        if (element.Where is null)
        {
            Word($" {PatternWords.Where} {PatternWords.Any}");
        }
        else if (!ConditionNames<T>.IsAtom(element.Where) || element.Where is PropertyCondition<T>
            || !string.Equals(_names[element.Where], element.Name, StringComparison.Ordinal))
        {
            Word($" {PatternWords.Where} ");
            Condition(element.Where, Binding.Or);
        }
    }

    /// <summary>How tightly the words bind; what binds less than its surroundings stands in brackets.</summary>
    private enum Binding
    {
        Or,
        And,
        Not,
    }

    /// <remarks>Chains lean to the left as they are read: what stands on the right of a word binds more tightly than it.</remarks>
    private void Condition(Condition<T> condition, Binding around)
    {
        switch (condition)
        {
            case PropertyCondition<T> equality:
                _text.Append(equality.Name);
                break;
            case var atom when ConditionNames<T>.IsAtom(atom):
                _text.Append(PatternWords.Quoted(_names[atom]));
                break;
            case AndCondition<T> and:
                Joined(and.First, PatternWords.And, and.Second, Binding.And, around);
                break;
            case OrCondition<T> or:
                Joined(or.First, PatternWords.Or, or.Second, Binding.Or, around);
                break;
            case NotCondition<T> not:
                Word($"{PatternWords.Not} ");
                Condition(not.Inner, Binding.Not);
                break;
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private void Joined(Condition<T> first, string word, Condition<T> second, Binding binding, Binding around)
    {
        bool isInBrackets = binding < around;
        if (isInBrackets)
            _text.Append('(');
        Condition(first, binding);
        Word($" {word} ");
        Condition(second, binding + 1);
        if (isInBrackets)
            _text.Append(')');
    }
}
