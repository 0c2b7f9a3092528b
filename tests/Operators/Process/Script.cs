using System.Globalization;

namespace ActorStreams.Operators.Tests.Process;

/// <summary>Does what its rows say, separated by semicolons.</summary>
internal sealed class Script : ProcessFunction<string, Order, string>
{
    private const long Failing = 1_234;

    private readonly ValueState<long> _value;
    private readonly ListState<string> _list;
    private readonly MapState<string, string> _map;

    public Script() => (_value, _list, _map) = (Value("value", 7L), List<string>("list"), Map<string, string>("map"));

    public override void OnRow(in Order row, ProcessContext<string, string> context)
    {
        foreach (string what in row.Do.Split(';'))
            Do(what, context);
    }

    public override void OnTimer(TimerFiring timer, ProcessContext<string, string> context)
    {
        if (timer.Time == Failing)
        {
            context.Emit("never seen");
            _value.Value = 99;
            context.SetTimer(5_000);
            throw new InvalidOperationException("a timer that was asked to");
        }

        context.Emit(timer.IsProcessingTime ? $"{context.Key} by the clock" : $"{context.Key} timer {timer.Time}");
        if (timer.Time is > 1 and < 10)
            context.SetTimer(timer.Time - 1);
    }

    private void Do(string what, ProcessContext<string, string> context)
    {
        string[] words = what.Split(' ');
        string word = words.Length > 1 ? words[1] : "";
        switch (words[0])
        {
            case "value" when word == "-": _value.Clear(); break;
            case "value": _value.Value = long.Parse(word, CultureInfo.InvariantCulture); break;
            case "add": _list.Add(word); break;
            case "list" when word == "-": _list.Clear(); break;
            case "list": _list.Replace([word]); break;
            case "put" when word[^1] == '-': _map.Remove(word[..^1]); break;
            case "put": _map.Put(word[..1], word[2..]); break;
            case "map": _map.Clear(); break;
            case "timer" or "chain": context.SetTimer(long.Parse(word, CultureInfo.InvariantCulture)); break;
            case "untimer": context.DeleteTimer(long.Parse(word, CultureInfo.InvariantCulture)); break;
            case "failing": context.SetTimer(Failing); break;
            case "clock":
                context.SetProcessingTimer(context.ProcessingTime - (context.ProcessingTime % 1_000_000) +
                    (long.Parse(word, CultureInfo.InvariantCulture) * 1_000_000));
                break;
            case "show":
                context.Emit(
                    $"{context.Key}: {_value.Value} [{string.Join(',', _list.Items)}] {{{string.Join(',', _map.Entries.OrderBy(e => e.Key).Select(e => $"{e.Key}={e.Value}"))}}}");
                break;
            case "throw": throw new InvalidOperationException("a row that was asked to");
        }
    }
}
