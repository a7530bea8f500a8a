# SPDX-License-Identifier: Apache-2.0
printf 'a\nlast' >f; sed '$a end' f; sed -i '$a end' f; cat f; printf 'x' >g; sed -i '1i top' g; cat g; sed 'p' g; sed -n 'p;=' g; printf 'a' >h; sed 'a b' h; sed '$!d' h; sed 'G' h; sed 's/a/b/;a\
c' h; printf 'q' | sed '$r g'; printf 'a\nb' | sed -n '1p'; printf 'a\nb' | sed -n 'p;p'; printf 'a\nb' | sed 'N;P;D'; printf 'a' | sed 'i b'; printf 'a' | sed 'c b'; printf 'a' | sed =; printf 'a' >k; printf 'b' >l; sed p k l
####
echo 1 >a; ln -s a l; cp --remove-destination a l; echo $?; [ -L l ]; echo $?; ln a h; cp a h; echo $?; mv a h; echo $?; ls; cp a a/; echo $?; cp a nodir/; echo $?; mv a nodir/; echo $?; install a nodir/; echo $?; mkdir d; cp -r d new/; echo $?; mv d moved/; echo $?; cp a new/; ln -sf a a; echo $?; ln -s '' e; echo $?; ln -sf l l; echo $?; install -D -t w/x a; ls w/x; install -Dt y a; ls y; install -d; echo $?; chmod 600 a; chmod +077 a; stat -c %a a; chmod =640 a; stat -c %a a; cp -f a l; cp -P l m; [ -L m ]; echo $?; ls
####
printf 'x\0y\n' >b; grep -q x b; echo $?; grep -c x b; grep -l x b; grep -a x b | wc -c; grep zz b; echo $?
####
echo hi | cat /dev/stdin; echo hi | cp /dev/stdin f; cat f; echo q | sed s/q/r/ /dev/stdin; echo a | sort /dev/stdin /dev/null; echo a | tee /dev/null; echo err | tee /dev/stderr 2>&1 | cat; cat /dev/null; cp /dev/null n; cat n; install -m 600 /dev/stdin o <f; cat o; stat -c %a o; ls
####
printf 'a' | sed G; printf 'a' | sed 'x;G'; printf 'a' | sed 'x'; printf 'a\nb' | sed 'h;$!d;x'; printf 'a\nb' | sed -n 'H;${x;p}'; printf 'a\nb' | sed -n 'H;${g;p}'; printf 'a' | sed 'x;x'; printf 'a\nb' | sed '1h;$!d;G'; printf 'a\nb' | sed '$!N;s/\n/-/'; printf 'a\nb' | sed 'n;s/b/c/'; printf 'a\nb' >f; sed -i 's/b/c/' f; sed -i '$s/$/x/;1d' f; printf 'a' | sed 'p;p'; printf 'a' | sed -n 'p;i\
x'
