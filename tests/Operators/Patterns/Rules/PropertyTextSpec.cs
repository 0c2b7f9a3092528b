namespace ActorStreams.Operators.Tests.Patterns.Rules;

/// <summary>Equalities of properties in the text form.</summary>
public sealed class PropertyTextSpec
{
    private readonly record struct Act(string? Kind, int Number, double Price);

    private static readonly PatternConditions<Act> s_conditions = new PatternConditions<Act> { { "kind", _ => false },
        { "large", act => act.Price > 1 } }
        .AddProperty("kind", act => act.Kind).AddProperty("number", act => act.Number).AddProperty("the price", act => act.Price);

    [Theory]
    [InlineData("a where kind = login")]
    [InlineData("a where kind = 'log in'")]
    [InlineData("a where kind = ''")]
    [InlineData("a where kind = 'next' or kind = 12")]
    [InlineData("a where number = 12 and not (kind = login or large)")]
    [InlineData("a where 'the price' = '-1.5' followedBy 'kind = login' where kind = login followedBy b+ where large until number = '-3' within 1 min")]
    [InlineData("kind followedBy a where kind = kind")]
    public void A_text_prints_back_to_itself(string text)
    {
        Pattern<Act, Act> pattern = Pattern.Parse(text, s_conditions);

        Assert.Equal(text, pattern.ToText());
        Assert.Equal(text, Pattern.Parse(pattern.ToText(), pattern.Conditions).ToText());
    }

    [Theory]
    [InlineData("a where kinds = login", "there is no property 'kinds'. Known: kind, number, the price.", 9)]
    [InlineData("a where number = login", "'login' is no Int32, which property 'number' is.", 18)]
    [InlineData("a where kind = ", "expected a value, but found the end.", 16)]
    [InlineData("a where kind = next", "a word of the language", 16)]
    [InlineData("a where number", "'number' is a property: say what it equals, as in 'number = x'.", 9)]
    public void What_is_wrong_is_told_with_its_place(string text, string message, int column)
    {
        var error = Assert.Throws<PatternSyntaxException>(() => Pattern.Parse(text, s_conditions));

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Equal(column, error.Column);
    }

    [Fact]
    public void A_property_has_a_name_of_its_own()
    {
        Assert.Contains("'kind'", Assert.Throws<PipelineException>(() => s_conditions.AddProperty("kind", act => act.Number)).Message,
            StringComparison.Ordinal);
        Assert.Throws<PipelineException>(() => s_conditions.AddProperty(" ", act => act.Number));
    }
}
