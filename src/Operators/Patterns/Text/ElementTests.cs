using System.Diagnostics;

namespace ActorStreams.Operators.Patterns.Text;

/// <summary>The conditions of a pattern's elements as tests; one that stands in several places is one test, asked once a row.</summary>
internal sealed class ElementTests<T>
{
    private readonly Dictionary<Condition<T>, Test<T>> _known = new(ReferenceEqualityComparer.Instance);

    /// <summary>How many look at the row alone.</summary>
    public int OfRow { get; private set; }

    /// <summary>How many look at the run too.</summary>
    public int OfRun { get; private set; }

    public Test<T> Of(Condition<T>? condition)
    {
        if (condition is null)
            return Test<T>.Always;
        if (!_known.TryGetValue(condition, out Test<T>? test))
        {
            _known[condition] = test = condition switch
            {
                SimpleCondition<T> simple => new RowTest<T>(OfRow++, simple.Test),
                RunCondition<T> run => new RunTest<T>(OfRun++, run.Test),
                AndCondition<T> and => Test<T>.And(Of(and.First), Of(and.Second)),
                OrCondition<T> or => Test<T>.Or(Of(or.First), Of(or.Second)),
                NotCondition<T> { Inner: SimpleCondition<T> simple } => new RowTest<T>(OfRow++, row => !simple.Test(row)),
                NotCondition<T> not => Test<T>.Not(Of(not.Inner)),
                _ => throw new UnreachableException(),
            };
        }

        return test;
    }

    /// <summary>When the element takes a row.</summary>
    /// <param name="element">The element.</param>
    /// <param name="ends">What ends the group around it; null: nothing.</param>
    public Test<T> Take(Element<T> element, Test<T>? ends) => Unless(ends, Of(element.Where))!;

    /// <summary>When a row is passed over; null: never.</summary>
    /// <param name="contiguity">How the element follows what is before it.</param>
    /// <param name="element">The element.</param>
    /// <param name="ends">What ends the group around it; null: nothing.</param>
    public Test<T>? Skip(Contiguity contiguity, Element<T> element, Test<T>? ends) => Unless(ends, contiguity switch
    {
        Contiguity.Strict => null,
        Contiguity.Relaxed => Test<T>.Not(Of(element.Where)),
        _ => Test<T>.Always,
    });

    /// <summary>The same test as long as the element's loop has not been ended.</summary>
    public Test<T>? Until(Test<T>? test, Element<T> element) =>
        element.Until is null || test is null ? test : Unless(Of(element.Until), test);

    private static Test<T>? Unless(Test<T>? ends, Test<T>? test) => ends is null || test is null ? test
        : Test<T>.And(Test<T>.Not(ends), test);
}
